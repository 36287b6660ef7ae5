"""`python -m benchmarks.shots` is `detection.py`."""

from benchmarks.shots.detection import main

if __name__ == "__main__":
    main()
