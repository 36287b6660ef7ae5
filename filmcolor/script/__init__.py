"""The colour script: the colours of keyframes as data, and where they come from."""
