"""`python -m benchmarks.hints` is `true_patches.py`."""

from benchmarks.hints.true_patches import main

if __name__ == "__main__":
    main()
