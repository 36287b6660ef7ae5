"""Colouring a film piece by piece, so that nothing that is done is lost.

A film is cut into segments of some seconds. Each finished segment is a file of its own in a
hidden work folder beside the output; a manifest there says which are done. In the end they are
joined without being encoded again.
"""
