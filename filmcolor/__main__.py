"""`python -m filmcolor`."""

from filmcolor.cli.app import main

if __name__ == "__main__":
    main()
