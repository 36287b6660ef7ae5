"""What shows itself only after hours or hundreds of starts."""
