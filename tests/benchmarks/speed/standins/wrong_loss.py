"""A side that adapts with another inner learning rate."""

from dataclasses import replace

from benchmarks.speed.program import Assignment
from tests.benchmarks.speed.standins.closed_form import ClosedForm


class Other(ClosedForm):
    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self.problem = replace(self.problem, inner_rate=2 * self.problem.inner_rate)


program = Other
