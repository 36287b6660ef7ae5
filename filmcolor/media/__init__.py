"""What a film holds: reading it, encoding it, and putting its streams together again."""
