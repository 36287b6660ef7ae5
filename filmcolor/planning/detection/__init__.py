"""How shots are told apart: cuts, fades, dissolves."""
