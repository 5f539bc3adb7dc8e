"""One task of reinforcement learning, for the report: the domain that can be drawn in the plane."""

import numpy as np

from benchmarks.experiments.reinforcement_learning.domains import NAVIGATION
from benchmarks.family import Drawing
from benchmarks.figures.sample_tasks import SEED


def sample() -> Drawing:
    """Draws the start and the goal of 2D navigation."""
    low, high = NAVIGATION.goals["low"], NAVIGATION.goals["high"]
    x, y = np.random.default_rng(SEED).uniform(low, high, 2).tolist()
    way = {"label": "shortest path from the start", "x": [0.0, x], "y": [0.0, y]}
    return {
        "title": f"{NAVIGATION.title}: a goal in the plane",
        "caption": "A point starts at (0, 0) and is rewarded for being close to the goal, which it does not observe. "
        "In the other domains a task is a goal velocity or a direction of a simulated robot, which has no picture.",
        "limits": {"x": (low, high), "y": (low, high)},
        "panel": {"title": f"goal ({x:.2f}, {y:.2f})", "goal": {"x": x, "y": y}, "curves": [way]},
    }
