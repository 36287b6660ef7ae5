"""`python -m benchmarks.references` is `own_frames.py`."""

from benchmarks.references.own_frames import main

if __name__ == "__main__":
    main()
