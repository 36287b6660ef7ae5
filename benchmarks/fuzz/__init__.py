"""What filmcolor does with damaged files."""
