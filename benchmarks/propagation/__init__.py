"""How well colours are carried from keyframes along the motion."""
