"""The authors' own results by task, for the references behind which they released them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.references import REFERENCE_RESULTS

FOLDER = REFERENCE_RESULTS / "paper" / "by_task"


@dataclass(frozen=True, kw_only=True)
class _Document:
    """A file of results by task.

    Attributes:
        schema: Version of this form.
        about: What the file holds, and its source.
        results: One number for each test task, by the id of the reference.
    """

    schema: Literal[1]
    about: list[str]
    results: dict[str, list[float]]


class Repeated(NamedTuple):
    """Results of which several are one and the same number.

    Attributes:
        distinct: How many numbers there are.
        tasks: Number of tasks.
    """

    distinct: int
    tasks: int


def repeated(reference: str) -> Repeated | None:
    """Returns how many of the authors' results by task are distinct; None if that is more than half of them.

    A few results may be equal because they are rounded. Where most repeat, tasks were run with the same random numbers
    and the same policy, and say no more than one of them.
    """
    results = results_by_task().get(reference, ())
    found = Repeated(distinct=len(set(results)), tasks=len(results))
    return found if 2 * found.distinct <= found.tasks > 0 else None


@cache
def results_by_task() -> Mapping[str, tuple[float, ...]]:
    """Returns one number for each test task, in the order of the authors, by the id of the reference.

    Raises:
        BenchmarkError: A file is invalid, or an id is used twice.
    """
    results: dict[str, tuple[float, ...]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        document = storage.checked(storage.read_json(path), _Document, f"{path} holds no results by task")
        if twice := results.keys() & document.results.keys():
            raise BenchmarkError(f"{path}: the id {min(twice)!r} is used twice")
        results |= {reference: tuple(values) for reference, values in document.results.items()}
    return results
