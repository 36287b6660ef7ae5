"""How well shots are found."""
