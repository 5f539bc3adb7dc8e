"""What each side of a race is."""

from collections.abc import Callable

SecondsAnIteration = Callable[[int], float]
"""Makes so many meta-iterations and returns the seconds that one of them took."""
