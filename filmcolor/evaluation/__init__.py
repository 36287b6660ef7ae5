"""Colours films and photos that have colours, and measures how near the result comes to them."""
