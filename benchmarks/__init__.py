"""Programs that measure filmcolor, and what they share with its tests: see README.md here."""
