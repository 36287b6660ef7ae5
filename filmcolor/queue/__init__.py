"""Films that wait to be coloured, one after the other, each in a process of its own."""
