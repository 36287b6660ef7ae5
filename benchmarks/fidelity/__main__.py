"""`python -m benchmarks.fidelity` is `check.py`."""

import sys

from benchmarks.fidelity.check import main

if __name__ == "__main__":
    sys.exit(main())
