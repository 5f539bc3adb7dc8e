"""Why a verdict is what it is, in a few words that stand beside the verdict."""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.records.evidence import Evidence


def seeds_word(count: int) -> str:
    """Returns a number of seeds in words: "1 seed", "3 seeds"."""
    return f"{count} seed{'' if count == 1 else 's'}"


def part(measured: int, comparisons: int) -> str:
    """Returns the reason for a claim of several comparisons of which not all are measured; empty if none is."""
    return f"{measured} of {comparisons} comparisons measured, see the footnotes" if measured else ""


def few_seeds(difference: float | None, seeds: int, needed: int) -> str:
    """Returns the reason for a number of too few seeds.

    Args:
        difference: Ours minus the paper's in half-widths over tasks, or None if unknown.
        seeds: Number of seeds that did not diverge.
        needed: Number of seeds that a verdict needs.
    """
    if difference is None:
        side = "no interval"
    elif abs(difference) <= 1:
        side = "agrees"
    else:
        side = f"{abs(difference):.1f} half-widths {'higher' if difference > 0 else 'lower'}"
    return f"{side}; {seeds_word(seeds)}, {needed} needed"


def far_outside(difference: float, seeds: int) -> str:
    """Returns the reason for a difference that is so large that few seeds are enough."""
    return f"{outside(difference, seeds)}, too far for chance"


def outside(difference: float, seeds: int) -> str:
    """Returns the reason for a significant difference, which is given in combined half-widths."""
    side = "higher" if difference > 0 else "lower"
    return f"{abs(difference):.1f} half-widths {side}; {seeds_word(seeds)}"


def equal(reach: str, margin: str, seeds: int) -> str:
    """Returns the reason for a reproduction.

    Args:
        reach: The largest distance from the printed number to the interval of our mean.
        margin: The largest distance that counts as equal.
        seeds: Number of seeds.
    """
    return f"within {reach} of the paper, {margin} allowed; {seeds_word(seeds)}"


def too_wide(reach: str, margin: str, seeds: int) -> str:
    """Returns the reason for an interval that reaches beyond the margin, from the same arguments as `equal`."""
    return f"not excluded, but up to {reach} from the paper, {margin} allowed; {seeds_word(seeds)}"


def amount(value: float, logarithmic: bool) -> str:
    """Returns a distance in words: a percentage if it is a difference of logarithms, else a number."""
    if not math.isfinite(value):
        return "any distance"
    if logarithmic:
        percent = 100 * math.expm1(value)
        return f"{percent:.0f} %" if percent < 1000 else "a factor of more than 10"
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def diverged(failing: int, seeds: int) -> str:
    """Returns the reason for the verdict that too many seeds diverged."""
    return f"{failing} of {seeds_word(seeds)} diverged"


def statement(improvements: Sequence[float], spread: float, needed: int) -> str:
    """Returns the reason for the verdict on a claimed improvement.

    Args:
        improvements: The improvement of each seed.
        spread: Half the 95 % interval for one more seed.
        needed: Number of seeds that a verdict needs.
    """
    count = seeds_word(len(improvements))
    positive = sum(value > 0 for value in improvements)
    if len(improvements) < needed:
        return f"better in {positive} of {count}, {needed} needed"
    value = float(np.mean(improvements))
    if not spread > 0 or abs(value) <= spread:
        return f"better in {positive} of {count}, which leaves the next one open"
    return f"{'better' if value > 0 else 'worse'} in all likely seeds; {count}"


def not_comparable(evidence: Evidence) -> str:
    """Returns why records cannot be compared with a printed number."""
    reasons = [] if evidence.scale == "paper" else [f"{evidence.scale} scale"]
    reasons += [] if evidence.current else ["an older definition"]
    reasons += [f"different data: {evidence.differing_data}"] if evidence.differing_data else []
    return f"{', '.join(reasons)}; {seeds_word(len(evidence.records))}"
