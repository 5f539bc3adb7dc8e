"""How runs went, as a command tells it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.running.runner import Outcome


def tell(outcome: Outcome, out: Path) -> None:
    """Prints what lacked its data or failed, and how many runs went how."""
    tell_missing(outcome.missing)
    for message in outcome.failed:
        print(f"failed: {message}", file=sys.stderr)
    print(
        f"{len(outcome.done)} recorded, {len(outcome.kept)} already there, {len(outcome.failed)} failed, "
        f"{len(outcome.missing)} without data; records in {out}"
    )


def tell_missing(messages: Sequence[str]) -> None:
    """Prints what lacked its data, apart from results."""
    for message in messages:
        print(f"data missing: {message}", file=sys.stderr)


def exit_status(outcome: Outcome) -> int:
    """1 if a run failed, or if there is no record because data are missing; else 0.

    Some of a catalogue may lack their data, but a machine that finds none of them is set up wrong.
    """
    return 1 if outcome.failed or (outcome.missing and not outcome.records) else 0
