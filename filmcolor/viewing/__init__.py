"""A film looked at in colour, frame by frame, and changed: what a window on it needs."""
