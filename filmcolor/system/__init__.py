"""The computer: cores, memory, files that appear in one step, what is cached."""
