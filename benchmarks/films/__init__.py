"""Films of every kind that FFmpeg can make, coloured and checked."""
