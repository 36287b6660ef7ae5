"""The command line: Typer commands, one file each; what they do lives elsewhere."""
