"""Tables in Markdown."""

from collections.abc import Sequence


def table(head: Sequence[str], alignment: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table; `alignment` holds "---" or "---:" for each column."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, alignment, *lines))
