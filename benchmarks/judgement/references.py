"""What was published: the paper's own results and those of others, read from `reference_results`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from functools import reduce
from pathlib import Path
from typing import Any, Literal, get_args

from benchmarks.errors import BenchmarkError
from benchmarks.records.provenance import ROOT

REFERENCE_RESULTS = ROOT / "reference_results"

Metric = Literal["mse", "accuracy", "return", "ratio", "count", "statement", "picture"]
Better = Literal["lower", "higher", None]
Known = Literal["printed", "authors-raw-results", "authors-code", "independent-check", "unpublished", "unverified"]
FieldKind = Literal["reproduction", "variant", "other-run"]
FieldKnown = Literal["reported", "independent-check", "unverified"]

_PAPER_ORDER = ("table", "figure", "claims")
_NUMBERS = ("value", "plus_minus")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One number, curve point, picture or statement of the paper.

    Attributes:
        id: Where it stands, such as `table-2/maml/5-steps`.
        title: What was measured, in a few words.
        metric: Kind of the value; a `statement` or `picture` has none.
        unit: Unit of the value and of `plus_minus`.
        value: The number, or None where none was published.
        plus_minus: Half width around the value.
        plus_minus_meaning: What the half width spans.
        better: Whether lower or higher values are better, if either.
        protocol: How it was measured. Each setting is `{"value", "source"}`, or `{"text", "code"}` with one
            of these each where the paper's text and the authors' code differ or only the code states it.
        known: How the value is known.
        source: Section, table or figure of the paper, or file of the authors' code.
        quoted: Whether the paper repeats it from earlier work on another method, which nothing here runs.
        notes: Remarks, one sentence or two each.
        summary: Mean, population standard deviation, number of tasks, half width and 68 % bootstrap band
            (`band_68`, low and high), where raw results for each task exist.
    """

    id: str
    title: str
    metric: Metric
    unit: str | None
    value: float | None
    plus_minus: float | None = None
    plus_minus_meaning: str | None = None
    better: Better
    protocol: Mapping[str, Any] = field(default_factory=dict)
    known: Known
    source: str
    quoted: bool = False
    notes: tuple[str, ...] = ()
    summary: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class FieldResult:
    """What somebody else measured for one reference.

    Attributes:
        reference: Id of the reference.
        kind: A run of the same thing, a run with one thing changed on purpose (`variant`), or another run
            of the authors.
        source: Who reports it, and where.
        setting: What was run.
        value: The number, or None where only a range or words are known.
        plus_minus: Half width, as the source gives it.
        range: Smallest and largest value over seeds.
        after_steps: Values after 0, 1, ... steps of adaptation, where the source has them; null for those it lacks.
        known: How the value is known.
        note: A remark.
    """

    reference: str
    kind: FieldKind
    source: str
    setting: str
    value: float | None
    plus_minus: float | None = None
    range: tuple[float, float] | None = None
    after_steps: tuple[float | None, ...] = ()
    known: FieldKnown
    note: str | None = None


_ALLOWED: Mapping[type, Mapping[str, tuple[Any, ...]]] = {
    Reference: {"metric": get_args(Metric), "better": get_args(Better), "known": get_args(Known)},
    FieldResult: {"kind": get_args(FieldKind), "known": get_args(FieldKnown)},
}


def load_references(folder: Path = REFERENCE_RESULTS) -> Mapping[str, Reference]:
    """Read everything that the paper reports.

    Args:
        folder: Folder of the results; its subfolder `paper` is read.

    Returns:
        The references by id, in the order of the tables, then the figures, then the claims.

    Raises:
        BenchmarkError: A file is missing, broken or repeats an id.
    """
    references: dict[str, Reference] = {}
    for path in sorted(_files(folder / "paper"), key=_paper_order):
        with _blaming(path):
            for entry in _entries(path):
                _check(Reference, entry)
                if entry["id"] in references:
                    raise ValueError(f"the id {entry['id']!r} is used twice")
                notes = tuple(entry.get("notes", ()))
                references[entry["id"]] = Reference(**{**entry, "notes": notes})
    return references


def load_field(folder: Path = REFERENCE_RESULTS) -> Mapping[str, tuple[FieldResult, ...]]:
    """Read what others report.

    Args:
        folder: Folder of the results; its subfolder `field` is read.

    Returns:
        The results by the id of the reference they answer to; an id without results is left out.

    Raises:
        BenchmarkError: A file is missing or broken.
    """
    results: dict[str, tuple[FieldResult, ...]] = {}
    for path in _files(folder / "field"):
        with _blaming(path):
            for entry in _entries(path):
                interval = tuple(entry["range"]) if entry.get("range") else None
                after_steps = tuple(entry.get("after_steps", ()))
                for reference in entry.pop("references"):
                    result = {**entry, "range": interval, "after_steps": after_steps, "reference": reference}
                    _check(FieldResult, result)
                    results[reference] = (*results.get(reference, ()), FieldResult(**result))
    return results


def merge_defaults(defaults: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what an entry leaves out.

    Args:
        defaults: Fields shared by several entries.
        entry: Fields of one entry.

    Returns:
        The fields of both. Where both give an object, its keys are merged; where both give a list, the two
        are joined; anything else is the entry's.
    """
    merged = {**defaults, **entry}
    for key in defaults.keys() & entry.keys():
        earlier, later = defaults[key], entry[key]
        if isinstance(earlier, dict) and isinstance(later, dict):
            merged[key] = {**earlier, **later}
        elif isinstance(earlier, list) and isinstance(later, list):
            merged[key] = [*earlier, *later]
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
    document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    for group in document["groups"]:
        for entry in group["entries"]:
            yield reduce(merge_defaults, (document["defaults"], group["defaults"], entry))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name} is not finite; null stands for an unknown value")


def _check(kind: type[Reference] | type[FieldResult], entry: Mapping[str, Any]) -> None:
    """Refuse what no entry of this kind may hold.

    Raises:
        ValueError: A field is unknown, missing, not a number or not among the allowed values.
    """
    name = entry.get("id", entry.get("reference"))
    known = {item.name for item in fields(kind)}
    if unknown := entry.keys() - known:
        raise ValueError(f"{name}: unknown field {min(unknown)!r}; allowed are {', '.join(sorted(known))}")
    for item in fields(kind):
        required = item.default is MISSING and item.default_factory is MISSING
        if required and item.name not in entry:
            raise ValueError(f"{name}: the field {item.name!r} is missing")
    for key in _NUMBERS:
        if type(value := entry.get(key)) not in (int, float, type(None)):
            raise ValueError(f"{name}: {key} is {value!r}; a number or null is allowed")
    for key, allowed in _ALLOWED[kind].items():
        if entry[key] not in allowed:
            raise ValueError(f"{name}: {key} is {entry[key]!r}; allowed are {', '.join(map(repr, allowed))}")


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Turn what a broken file causes into the one error that names the file."""
    try:
        yield
    except KeyError as error:
        raise BenchmarkError(f"{path}: the field {error} is missing") from error
    except TypeError as error:
        raise BenchmarkError(f"{path}: not of the form that schema/ describes: {error}") from error
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"{path}: {error}") from error
