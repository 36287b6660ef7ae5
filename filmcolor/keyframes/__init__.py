"""Keyframes as pictures: written to be repainted in any program, and taken back."""
