"""One film, or many, coloured by several computers.

The work folder is the truth: whoever sees it can colour a piece of its film, and lays what is done
beside the manifest; one process, which has charge of the manifest, joins.
"""
