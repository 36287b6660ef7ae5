"""Shot boundary detection: hard cuts, fades, dissolves."""
