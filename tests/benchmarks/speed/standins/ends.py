"""A side whose process ends."""

import sys

from benchmarks.speed.program import Assignment


def program(assignment: Assignment) -> None:
    sys.exit(f"{assignment.problem.tasks} tasks are too many")
