"""What changed since an earlier report: the numbers and verdicts that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.records import storage

_SHOWN = ("ours", "verdict", "reason", "seeds", "scale")
# Sums in another order change the last digits of a mean, which is no change of the result.
_TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True)
class _Row:
    """What is read of a row of an earlier report."""

    reference: str
    title: str = ""
    ours: float | None = None
    verdict: str = ""
    reason: str = ""
    seeds: int = 0
    scale: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Report:
    rows: list[_Row]
    generated: str = ""
    commit: str = ""


def changes_since(path: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """Compares a report with an earlier one.

    Args:
        path: The `report.json` of the earlier report, or its folder.
        data: The data of the report.

    Returns:
        When and at which commit the earlier report was made, and the references whose number or verdict differs, each
        with both states. The state of a reference that one report lacks is None.

    Raises:
        BenchmarkError: The file cannot be read or is no report.
    """
    file = path / "report.json" if path.is_dir() else path
    earlier = storage.read_json(file)
    report = storage.checked(earlier, _Report, f"{file} is no report; give the folder or the report.json of one")
    return {
        "generated": report.generated,
        "commit": report.commit,
        "changes": _changes([vars(row) for row in report.rows], data["rows"]),
    }


def _changes(earlier: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    before, after = ({str(row.get("reference")): row for row in side} for side in (earlier, rows))
    return [
        {
            "reference": name,
            "title": str((after.get(name) or before[name]).get("title") or name),
            "before": _state(before.get(name)),
            "after": _state(after.get(name)),
        }
        for name in dict.fromkeys([*after, *before])
        if _differ(before.get(name), after.get(name))
    ]


def _state(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: row.get(name) for name in _SHOWN}


def _differ(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    if before is None or after is None:
        return True
    if any(before.get(name) != after.get(name) for name in ("verdict", "seeds", "scale")):
        return True
    old, new = before.get("ours"), after.get("ours")
    if old is None or new is None:
        return old is not new
    return bool(abs(new - old) > _TOLERANCE * max(abs(old), abs(new)))
