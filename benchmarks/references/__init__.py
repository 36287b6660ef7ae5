"""What a colour photograph of the same place, or of another one, changes."""
