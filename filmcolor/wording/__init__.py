"""Words for people: counts, articles, reasons, names that are near to a wrong one."""
