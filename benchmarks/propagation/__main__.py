"""`python -m benchmarks.propagation` is `true_keyframes.py`."""

from benchmarks.propagation.true_keyframes import main

if __name__ == "__main__":
    main()
