"""Films in: what they are, and their frames' luma with exact times."""
