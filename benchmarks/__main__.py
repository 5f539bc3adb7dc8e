"""`python -m benchmarks`."""

from benchmarks.command_line.cli import main

if __name__ == "__main__":
    main()
