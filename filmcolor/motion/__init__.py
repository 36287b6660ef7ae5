"""What moves from frame to frame: shared by planning and colouring."""
