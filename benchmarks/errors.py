"""The error for problems that the user can correct."""

import sys
from collections.abc import Sequence


class BenchmarkError(Exception):
    """A problem that the user can correct, described in one line.

    The command line prints the message without a traceback and exits with `exit_status`: 2 for misuse, 1 for a failed
    run or a regression.
    """

    def __init__(self, message: str, exit_status: int = 2) -> None:
        super().__init__(message)
        self.exit_status = exit_status


def check_choice(kind: str, value: str, allowed: Sequence[str]) -> None:
    """Checks a word that a user typed against the allowed words.

    Raises:
        BenchmarkError: The word is not allowed. The message quotes it and lists the allowed ones.
    """
    if value not in allowed:
        raise BenchmarkError(f"unknown {kind} {value!r}; choose from {', '.join(allowed)}")


def print_problems(problems: Sequence[str]) -> int:
    """Prints which files were left out because they are faulty, to standard error; returns the exit status."""
    for problem in problems:
        print(f"faulty: {problem}", file=sys.stderr)
    return 1 if problems else 0
