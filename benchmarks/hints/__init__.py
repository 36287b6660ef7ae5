"""How much a few true colours gain on a keyframe."""
