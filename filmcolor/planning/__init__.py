"""Planning: one quick look at a film finds its shots and chooses its keyframes."""
