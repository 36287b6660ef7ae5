"""Where the weights of networks lie, and how they get there."""
