"""How far colours drift while things are to be seen."""
