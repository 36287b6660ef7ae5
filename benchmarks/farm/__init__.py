"""A farm on one computer: results, faults, overhead, and how far it would go."""
