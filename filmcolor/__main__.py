"""`filmcolor`, and `python -m filmcolor`."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being read ends it without a traceback."""
    try:
        from filmcolor.system.environment import one_thread_for_linear_algebra
        from filmcolor.system.quick_imports import nothing_collected

        one_thread_for_linear_algebra()
        with nothing_collected():
            from filmcolor.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as shells have it
    run()


if __name__ == "__main__":
    main()
