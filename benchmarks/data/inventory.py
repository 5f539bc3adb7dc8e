"""The user's data sets: which are there, which are missing, and which are damaged."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from benchmarks.data.receipt import Receipt
from benchmarks.errors import check_choice

Progress = Callable[[str, int, int], None]
"""Called with what is being decoded, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """How to find, verify and get a data set.

    Attributes:
        name: The name that experiments list among their needs.
        find: Returns the files and folders whose change means that the data set must be verified again; reads little.
            Raises DatasetMissing or DatasetError.
        load: Decodes the data set into the cache, verifies it, and returns in one line what was verified. Raises the
            same errors. None if `find` verifies everything.
        verified: What `find` verifies, if `load` is None.
        how: How to get the data set.
    """

    name: str
    find: Callable[[], tuple[Path, ...]]
    load: Callable[[Progress], str] | None = None
    verified: str | None = None
    how: str


class State(StrEnum):
    """The state of a data set."""

    READY = "ready"
    """Decoded and verified, so that runs start at once."""

    FOUND = "found"
    """Its files are there; preparing it will show whether they are the published ones."""

    MISSING = "missing"

    DAMAGED = "damaged"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is known about a data set.

    Attributes:
        name: Name of the data set.
        state: Its state.
        where: The folders that hold it.
        verified: What was verified, if it is ready.
        problem: Why it is missing or damaged, in one line.
        how: How to get it.
    """

    name: str
    state: State
    where: tuple[str, ...] = ()
    verified: str | None = None
    problem: str | None = None
    how: str


def choose(names: Sequence[str], data_sets: Mapping[str, DataSet]) -> list[DataSet]:
    """Returns the data sets with these names; all of them for no name.

    Raises:
        BenchmarkError: No data set has one of the names.
    """
    for name in names:
        check_choice("data set", name, list(data_sets))
    return [data_sets[name] for name in dict.fromkeys(names or data_sets)]


def is_present(data_set: DataSet) -> bool:
    """Returns whether the files of a data set seem to be there; loading shows whether they are whole."""
    files = _find(data_set)
    return not isinstance(files, Row) or files.state != State.MISSING


def inspect(data_set: DataSet) -> Row:
    """Returns what is known about a data set, without decoding it."""
    files = _find(data_set)
    if isinstance(files, Row):
        return files
    if data_set.load is None:
        return _row(data_set, State.READY, files, verified=data_set.verified)
    file = _receipt_file(data_set)
    receipt = Receipt.read(file) if file else None
    if receipt is None or not receipt.fits(files, _expected(data_set)):
        return _row(data_set, State.FOUND, files)
    return _prepared(data_set, files, receipt)


def prepare(data_set: DataSet, progress: Progress) -> Row:
    """Decodes a data set into the cache, verifies it, and keeps the outcome for `inspect`."""
    from maml_tf.datasets import DatasetError

    if data_set.load is None:
        return inspect(data_set)
    verified, problem = None, None
    try:
        verified = data_set.load(progress)
    except DatasetError as error:
        problem = str(error)
    files = _find(data_set)
    if isinstance(files, Row):
        return replace(files, problem=problem or files.problem)
    receipt = Receipt.of(files, _expected(data_set), verified=verified, problem=problem)
    if file := _receipt_file(data_set):
        receipt.write(file)
    return _prepared(data_set, files, receipt)


def cache_problem() -> str | None:
    """Returns why decoded images cannot be kept in the cache folder, in one line; None if they can."""
    from maml_tf.datasets import default_cache_folder

    again = "so images are decoded again for every run; set MAML_TF_CACHE to a folder that can be written"
    folder = default_cache_folder()
    if folder is None:
        return f"there is no cache folder, {again}"
    existing = next((parent for parent in (folder, *folder.parents) if os.path.lexists(parent)), folder)
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=existing):
        return None
    return f"the cache folder {folder} cannot be written, {again}"


def exit_status(rows: Sequence[Row]) -> int:
    """Returns 1 if a data set is damaged, otherwise 2 if one is missing, otherwise 0."""
    states = {row.state for row in rows}
    if State.DAMAGED in states:
        return 1
    return 2 if State.MISSING in states else 0


def _find(data_set: DataSet) -> tuple[Path, ...] | Row:
    """Returns the files of a data set, or a row that says why it cannot be used."""
    from maml_tf.datasets import DatasetError, DatasetMissing

    try:
        return data_set.find()
    except DatasetMissing as error:
        return _row(data_set, State.MISSING, problem=str(error))
    except DatasetError as error:
        return _row(data_set, State.DAMAGED, problem=str(error))


def _prepared(data_set: DataSet, files: tuple[Path, ...], receipt: Receipt) -> Row:
    state = State.DAMAGED if receipt.problem else State.READY
    return _row(data_set, state, files, verified=receipt.verified, problem=receipt.problem)


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

    cache = default_cache_folder()
    return cache / f"{data_set.name}-receipt.json" if cache else None


def _expected(data_set: DataSet) -> str:
    from maml_tf.datasets import checksum

    return checksum(data_set.name)
