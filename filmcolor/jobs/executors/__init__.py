"""Who colours the runs of a film."""
