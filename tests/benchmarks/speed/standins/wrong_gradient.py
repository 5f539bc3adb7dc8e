"""A side whose meta-gradient lacks second derivatives."""

from dataclasses import replace

from benchmarks.speed.program import Assignment
from tests.benchmarks.speed.standins.closed_form import ClosedForm


def program(assignment: Assignment) -> ClosedForm:
    return ClosedForm(replace(assignment, first_order=True))
