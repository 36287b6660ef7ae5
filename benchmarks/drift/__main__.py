"""`python -m benchmarks.drift` is `films.py`."""

from benchmarks.drift.films import main

if __name__ == "__main__":
    main()
