"""Whether a coloured film kept everything of its source."""
