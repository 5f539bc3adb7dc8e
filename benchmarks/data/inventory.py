"""The user's data: what is there, what is missing, what is damaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from benchmarks.data.data_sets import DATA_SETS, DataSet, Progress
from benchmarks.data.receipt import Receipt
from benchmarks.errors import BenchmarkError


class State(StrEnum):
    """What can be said of a data set."""

    READY = "ready"
    """Decoded and verified; runs start at once."""

    FOUND = "found"
    """Its files are there; whether they are the published ones shows when they are prepared."""

    MISSING = "missing"

    DAMAGED = "damaged"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is known of one data set.

    Attributes:
        name: of the data set.
        state: what can be said of it.
        where: the folders that hold it.
        verified: what was verified, if it is ready.
        problem: why it is missing or damaged, in one line.
        how: how to get it.
    """

    name: str
    state: State
    where: tuple[str, ...] = ()
    verified: str | None = None
    problem: str | None = None
    how: str


def choose(names: Sequence[str]) -> list[DataSet]:
    """The data sets of these names; all of them for no name.

    Raises:
        BenchmarkError: there is no data set of a name.
    """
    for name in names:
        if name not in DATA_SETS:
            raise BenchmarkError(f"unknown data set {name!r}; choose from {', '.join(DATA_SETS)}")
    return [DATA_SETS[name] for name in dict.fromkeys(names or DATA_SETS)]


def is_present(name: str) -> bool:
    """Whether the files of a data set seem to be there; whether they are whole shows when they are loaded.

    Raises:
        BenchmarkError: there is no data set of this name.
    """
    (data_set,) = choose([name])
    found = _find(data_set)
    return not isinstance(found, Row) or found.state != State.MISSING


def inspect(data_set: DataSet) -> Row:
    """What is known of a data set without decoding it."""
    found = _find(data_set)
    if isinstance(found, Row):
        return found
    if data_set.load is None:
        return _row(data_set, State.READY, found, verified=data_set.verified)
    file = _receipt_file(data_set)
    receipt = Receipt.read(file) if file else None
    if receipt is None or not receipt.fits(found, _expected(data_set)):
        return _row(data_set, State.FOUND, found)
    return _judged(data_set, found, receipt)


def prepare(data_set: DataSet, progress: Progress) -> Row:
    """Decodes and verifies a data set into the cache, and notes the outcome for `inspect`."""
    from maml_tf.datasets import DatasetError

    if data_set.load is None:
        return inspect(data_set)
    verified, problem = None, None
    try:
        verified = data_set.load(progress)
    except DatasetError as error:
        problem = str(error)
    found = _find(data_set)
    if isinstance(found, Row):
        return replace(found, problem=problem or found.problem)
    receipt = Receipt.of(found, _expected(data_set), verified=verified, problem=problem)
    if file := _receipt_file(data_set):
        receipt.write(file)
    return _judged(data_set, found, receipt)


def exit_status(rows: Sequence[Row]) -> int:
    """0 if all data sets are ready, 1 if one is damaged, 2 if one is missing."""
    states = {row.state for row in rows}
    if State.DAMAGED in states:
        return 1
    return 2 if State.MISSING in states else 0


def _find(data_set: DataSet) -> tuple[Path, ...] | Row:
    """Where a data set is, or why it cannot be used."""
    from maml_tf.datasets import DatasetError, DatasetMissing

    try:
        return data_set.find()
    except DatasetMissing as error:
        return _row(data_set, State.MISSING, problem=str(error))
    except DatasetError as error:
        return _row(data_set, State.DAMAGED, problem=str(error))


def _judged(data_set: DataSet, found: tuple[Path, ...], receipt: Receipt) -> Row:
    state = State.DAMAGED if receipt.problem else State.READY
    return _row(data_set, state, found, verified=receipt.verified, problem=receipt.problem)


def _row(
    data_set: DataSet,
    state: State,
    where: tuple[Path, ...] = (),
    *,
    verified: str | None = None,
    problem: str | None = None,
) -> Row:
    folders = tuple(sorted({str(path.parent) for path in where}))
    return Row(name=data_set.name, state=state, where=folders, verified=verified, problem=problem, how=data_set.how)


def _receipt_file(data_set: DataSet) -> Path | None:
    from maml_tf.datasets import default_cache_folder

    kept = default_cache_folder()
    return kept / f"{data_set.name}-receipt.json" if kept else None


def _expected(data_set: DataSet) -> str:
    from maml_tf.datasets import checksum

    return checksum(data_set.name)
