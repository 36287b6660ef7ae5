"""`python -m benchmarks.films` is `matrix.py`."""

import sys

from benchmarks.films.matrix import main

if __name__ == "__main__":
    sys.exit(main())
