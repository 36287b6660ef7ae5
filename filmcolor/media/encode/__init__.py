"""Films out: encoders, containers, and all streams put together."""
