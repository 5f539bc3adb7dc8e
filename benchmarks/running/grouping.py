"""Groups of tasks: a matter of the machine, which changes nothing that is measured."""

import math
from typing import Any

from benchmarks.overrides import Settings


def in_groups(learner: Settings, training: Settings, groups: int) -> dict[str, Any]:
    """Settings of a learner that divides what it computes together into groups.

    Args:
        learner: of `Experiment.settings`.
        training: of the same.
        groups: of the `Runtime`; fewer where the meta-batch is too small for so many. Of 1, nothing is said: not
            every learner knows of groups.
    """
    fitting = math.gcd(groups, learner.get("tasks_at_once") or training["meta_batch"])
    return dict(learner) if fitting == 1 else {**learner, "groups": fitting}
