"""What can be looked at before a long run."""
