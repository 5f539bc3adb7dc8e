"""Published results: those of the paper and those of others, read from `reference_results`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

from msgspec import Meta, Struct

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.provenance import ROOT
from benchmarks.statistics import Better

REFERENCE_RESULTS = ROOT / "reference_results"

_PAPER_ORDER = ("table", "figure", "claims")

Entry = TypeVar("Entry")

Text = Annotated[str, Meta(min_length=1)]
Texts = Annotated[tuple[Text, ...], Meta(extra_json_schema={"uniqueItems": True})]
Identifier = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)+$")]
HalfWidth = Annotated[float, Meta(gt=0)] | Annotated[int, Meta(gt=0)]
# Integers stay integers, so that they are printed as such.
Number = int | float


class Sourced(TypedDict):
    """One setting, with the place that states it; the value is null where the source does not state it."""

    value: Any
    source: Text


class Setting(TypedDict, total=False):
    """One value and its source, or both readings where text and code differ or only the code states it."""

    value: Any
    source: Text
    text: Sourced
    code: Sourced


class Summary(TypedDict):
    """Statistics over raw results, one value for each task; `band_68` is the 68 % bootstrap band (low, high)."""

    mean: Number
    standard_deviation: Annotated[float, Meta(ge=0)]
    tasks: Annotated[int, Meta(ge=2)]
    half_width: Annotated[float, Meta(ge=0)]
    band_68: NotRequired[tuple[Number, Number]]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One number, curve point, picture or statement of the paper.

    Attributes:
        id: Place in the paper, such as `table-2/maml/5-steps`.
        title: What was measured, in a few words.
        metric: Kind of the value; a `statement` or `picture` has no value.
        unit: Unit of the value and of `plus_minus`.
        value: The number, or None where none was published.
        plus_minus: Half width around the value.
        plus_minus_meaning: What the half width spans.
        better: Whether lower or higher values are better, if either.
        protocol: How it was measured, setting by setting.
        known: How the value is known.
        source: Section, table or figure of the paper, or file of the authors' code.
        same_as: Id of the reference whose number the paper repeats here, such as a point of a figure that is also in a
            table. It is counted once.
        quoted: Whether the paper repeats it from earlier work on another method, which nothing here runs.
        notes: Footnotes of one or two sentences.
        summary: Statistics over raw results, where the authors released them.
    """

    id: Identifier
    title: Text
    metric: Literal["mse", "accuracy", "return", "ratio", "count", "statement", "picture"]
    unit: Literal["MSE", "%", "return", "fraction", "parameters"] | None
    value: Number | None
    plus_minus: HalfWidth | None = None
    plus_minus_meaning: Text | None = None
    better: Better | None
    protocol: Mapping[str, Setting] = field(default_factory=dict)
    known: Literal["printed", "authors-raw-results", "authors-code", "independent-check", "unpublished", "unverified"]
    source: Text
    same_as: Identifier | None = None
    quoted: bool = False
    notes: Texts = ()
    summary: Summary | None = None


class _WithReferences(TypedDict):
    references: list[str]


@dataclass(frozen=True, kw_only=True)
class FieldResult:
    """A result of other researchers for one reference.

    Attributes:
        reference: Id of the reference.
        kind: A run of the same experiment (`reproduction`), a run with one intended change (`variant`), or another
            run of the authors (`other-run`).
        source: Who reports it, and where.
        setting: What was run.
        value: The number, or None where only a range or a description is known.
        plus_minus: Half width, as the source gives it.
        range: Smallest and largest value over seeds.
        after_steps: Values after 0, 1, ... adaptation steps, where the source has them; null for missing ones.
        known: How the value is known.
        note: A footnote.
    """

    reference: Identifier
    kind: Literal["reproduction", "variant", "other-run"]
    source: Text
    setting: Text
    value: Number | None
    plus_minus: HalfWidth | None = None
    range: tuple[Number, Number] | None = None
    after_steps: tuple[Number | None, ...] = ()
    known: Literal["reported", "independent-check", "unverified"]
    note: Text | None = None


class Group(Struct, Generic[Entry], forbid_unknown_fields=True):
    """Entries that share defaults.

    Attributes:
        defaults: Fields that complete every entry of the group.
        entries: The entries.
    """

    defaults: Entry
    entries: Annotated[list[Entry], Meta(min_length=1)]


class Layout(Struct, frozen=True, forbid_unknown_fields=True):
    """How the paper arranges numbers of a table or a panel in rows and columns.

    Attributes:
        title: What the block of numbers shows.
        ids: Pattern of the ids of its references, with `{row}` and `{column}`. A cell whose id is not a reference is
            empty in the paper.
        rows: Labels of the rows, by what stands for `{row}` in the ids, from top to bottom.
        columns: Labels of the columns, by what stands for `{column}` in the ids, from left to right.
    """

    title: Text
    ids: Annotated[str, Meta(pattern="{row}.*{column}")]
    rows: dict[str, Text]
    columns: dict[str, Text]

    def cells(self, row: str) -> list[str]:
        """Returns the ids of a row, from left to right."""
        return [self.ids.format(row=row, column=column) for column in self.columns]


class ReferenceFile(Struct, Generic[Entry], forbid_unknown_fields=True):
    """A file of reference data. An entry is completed with the defaults of its group, then with those of the file.

    Attributes:
        schema: Version of this form.
        about: What the file holds and how its values were computed.
        layout: How the paper arranges the numbers; empty where it prints none in rows and columns.
        defaults: Fields that complete every entry of the file.
        groups: Groups of entries.
    """

    schema: Literal[1]
    about: Annotated[list[Text], Meta(min_length=1)]
    defaults: Entry
    groups: Annotated[list[Group[Entry]], Meta(min_length=1)]
    layout: tuple[Layout, ...] = ()


def load_references(folder: Path = REFERENCE_RESULTS) -> Mapping[str, Reference]:
    """Reads the results of the paper.

    Args:
        folder: Folder of the results; its subfolder `paper` is read.

    Returns:
        The references by id, in the order of the tables, then the figures, then the claims.

    Raises:
        BenchmarkError: A file is missing or invalid, or an id is used twice.
    """
    references: dict[str, Reference] = {}
    for path in sorted(_files(folder / "paper"), key=_paper_order):
        for entry in _entries(path):
            reference = _typed(entry, Reference, path, entry.get("id"))
            if reference.id in references:
                raise BenchmarkError(f"{path}: the id {reference.id!r:.80} is used twice")
            references[reference.id] = reference
    return references


def load_field(folder: Path = REFERENCE_RESULTS) -> Mapping[str, tuple[FieldResult, ...]]:
    """Reads the results of others.

    Args:
        folder: Folder of the results; its subfolder `field` is read.

    Returns:
        The results by the id of their reference; an id without results is left out.

    Raises:
        BenchmarkError: A file is missing or invalid.
    """
    results: dict[str, tuple[FieldResult, ...]] = {}
    for path in _files(folder / "field"):
        for entry in _entries(path):
            references = storage.checked(entry, _WithReferences, str(path))["references"]
            del entry["references"]
            for reference in references:
                result = _typed({**entry, "reference": reference}, FieldResult, path, reference)
                results[reference] = (*results.get(reference, ()), result)
    return results


def load_layouts(folder: Path = REFERENCE_RESULTS) -> Mapping[str, tuple[Layout, ...]]:
    """Reads how the paper arranges its numbers.

    Args:
        folder: Folder of the results; its subfolder `paper` is read.

    Returns:
        The blocks of each table and figure by the first part of the ids of its references, such as "table-1"; tables
        come first.

    Raises:
        BenchmarkError: A file is missing or invalid.
    """
    paths = sorted(_files(folder / "paper"), key=_paper_order)
    layouts = {path.stem.replace("_", "-"): _document(path).layout for path in paths}
    return {name: layout for name, layout in layouts.items() if layout}


def merge_defaults(defaults: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Completes an entry with defaults.

    Args:
        defaults: Fields shared by several entries.
        entry: Fields of one entry.

    Returns:
        The fields of both. Where both give an object, its keys are merged; where both give a list, the lists
        are joined; otherwise the entry takes precedence.
    """
    merged = {**defaults, **entry}
    for key in defaults.keys() & entry.keys():
        default, value = defaults[key], entry[key]
        if isinstance(default, dict) and isinstance(value, dict):
            merged[key] = {**default, **value}
        elif isinstance(default, list) and isinstance(value, list):
            merged[key] = [*default, *value]
    return merged


def _files(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise BenchmarkError(f"{folder}: no reference data found; a folder with *.json files is needed")
    return paths


def _paper_order(path: Path) -> tuple[int, str]:
    prefix = path.stem.partition("_")[0]
    position = _PAPER_ORDER.index(prefix) if prefix in _PAPER_ORDER else len(_PAPER_ORDER)
    return position, path.stem


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    document = _document(path)
    for group in document.groups:
        for entry in group.entries:
            yield reduce(merge_defaults, (document.defaults, group.defaults, entry))


def _document(path: Path) -> ReferenceFile[dict[str, Any]]:
    where = f"{path} is no file of reference data"
    return storage.checked(storage.read_json(path), ReferenceFile[dict[str, Any]], where)


_Kind = TypeVar("_Kind", Reference, FieldResult)


def _typed(entry: Mapping[str, Any], kind: type[_Kind], path: Path, name: object) -> _Kind:
    allowed, where = kind.__annotations__.keys(), f"{path}: {name!s:.80}"
    if unknown := entry.keys() - allowed:
        message = f"unknown field {min(unknown)!r:.80}; allowed are {', '.join(sorted(allowed))}"
        raise BenchmarkError(f"{where}: {message}")
    return storage.checked(entry, kind, where)
