"""Still pictures: files of all kinds in, luma and all that belongs to it; colour pictures out."""
