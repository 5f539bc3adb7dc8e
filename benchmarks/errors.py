"""The error for problems that the user can correct."""

import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches


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


def no_match(kind: str, pattern: str, ids: Iterable[str], list_all: str) -> BenchmarkError:
    """Returns the error for a pattern that matches no id; it suggests similar ids.

    Args:
        kind: What the ids name, such as "experiment".
        pattern: What the user typed.
        ids: All ids, such as "sinusoid/maml".
        list_all: The command that lists them.
    """
    if similar := similar_ids(pattern, ids):
        advice = f"did you mean {' or '.join(map(repr, similar))}?"
    else:
        advice = f"`{list_all}` lists all of them"
    return BenchmarkError(f"no {kind} matches {pattern!r}; {advice}")


def similar_ids(word: str, ids: Iterable[str]) -> list[str]:
    """Returns up to three ids that resemble a word, as a whole, in their first part or in the rest of it.

    A first part alone is returned as a pattern for all its ids, such as "sinusoid/*".
    """
    meant: dict[str, list[str]] = {}
    for name in ids:
        group, _, rest = name.partition("/")
        meant[group] = [f"{group}/*"]
        meant.setdefault(name, []).append(name)
        meant.setdefault(rest, []).append(name)
    found = get_close_matches(word.removesuffix("/*").rstrip("/"), meant, n=3, cutoff=0.7)
    return list(dict.fromkeys(name for candidate in found for name in meant[candidate]))[:3]


def print_problems(problems: Sequence[str]) -> int:
    """Prints which files were left out because they are faulty, to standard error; returns the exit status."""
    for problem in problems:
        print(f"faulty: {problem}", file=sys.stderr)
    return 1 if problems else 0
