"""What is wrong with films, and with disks: damage, gaps, files cut off or locked."""
