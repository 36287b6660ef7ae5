"""`python -m benchmarks.fuzz` is `campaign.py`."""

import sys

from benchmarks.fuzz.campaign import main

if __name__ == "__main__":
    sys.exit(main())
