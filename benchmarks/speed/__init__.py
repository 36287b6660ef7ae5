"""What colouring costs in time and memory, beside other ways to make a film."""
