"""Whether two sides compute the same loss and the same meta-gradient."""

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.speed.problem import Arrays

# Sums of single-precision numbers depend on their order, and later inner steps amplify the difference.
LOSS_TOLERANCE = 1e-4
GRADIENT_TOLERANCE = 5e-3
SENSITIVITIES = 4.0
"""How many times the effect of rounding the parameters a loss or meta-gradient may differ, if that is more."""


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What a side computed from the given tensors.

    Attributes:
        loss: The meta-loss.
        gradient: The meta-gradient by name of the parameter.
        first_order: Whether second derivatives were dropped.
        rounds: Whether products have less than single precision.
        sensitivity: How far loss and meta-gradient change, relative to their size, if the parameters are rounded; 0 if
            not measured.
    """

    loss: float
    gradient: Arrays
    first_order: bool = False
    rounds: bool = False
    sensitivity: tuple[float, float] = (0.0, 0.0)


def check(side: str, found: Computed, expected: Computed) -> float:
    """Checks that a side computes what this library computes.

    A side that drops second derivatives computes another gradient, so only its loss is compared with the exact one. A
    side with less than single precision may differ in both, because the comparison is made to show by how much. Where
    rounding alone changes loss or meta-gradient of this library, others may differ by a few times as much.

    Args:
        side: Name of the side.
        found: What it computed.
        expected: What this library computed.

    Returns:
        The largest relative difference of a part of the gradient.

    Raises:
        BenchmarkError: The loss or the gradient differs; the message says by how much.
    """
    error = abs(found.loss - expected.loss) / max(abs(expected.loss), 1e-12)
    if not found.rounds and not error <= max(LOSS_TOLERANCE, SENSITIVITIES * expected.sensitivity[0]):
        values = f"{found.loss:.7g} instead of {expected.loss:.7g}"
        raise BenchmarkError(_sentence(side, "loss", f"{values}, a relative difference of {error:.2g}"), 1)
    if found.gradient.keys() != expected.gradient.keys():
        differing = sorted(found.gradient.keys() ^ expected.gradient.keys())
        raise BenchmarkError(_sentence(side, "meta-gradient", f"only one of both has {', '.join(differing)}"), 1)
    error, name = max((distance(found.gradient, expected.gradient, name), name) for name in expected.gradient)
    same = (found.first_order, found.rounds) == (expected.first_order, expected.rounds)
    if same and not error <= max(GRADIENT_TOLERANCE, SENSITIVITIES * expected.sensitivity[1]):
        raise BenchmarkError(_sentence(side, "meta-gradient", f"a relative difference of {error:.2g} in {name}"), 1)
    return error


def distance(found: Arrays, expected: Arrays, name: str) -> float:
    """Returns the distance of a part of two gradients, relative to the size of that part.

    A part that is small beside the whole gradient consists of rounding errors, so at least a hundredth of the size of
    the whole gradient counts as its size.
    """
    if found[name].shape != expected[name].shape or not np.all(np.isfinite(found[name])):
        return math.inf
    whole = math.sqrt(sum(float(np.sum(np.square(each, dtype=np.float64))) for each in expected.values()))
    size = max(float(np.linalg.norm(expected[name])), 1e-2 * whole, 1e-12)
    return float(np.linalg.norm(found[name] - expected[name])) / size


def _sentence(side: str, what: str, how: str) -> str:
    return f"{side} does not compute the {what} of this library: {how}; nothing is timed"
