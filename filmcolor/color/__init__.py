"""Numbers that mean light: YUV, L, ab, and the way between them."""
