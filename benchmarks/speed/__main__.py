"""`python -m benchmarks.speed` is `comparison.py`."""

from benchmarks.speed.comparison import main

if __name__ == "__main__":
    main()
