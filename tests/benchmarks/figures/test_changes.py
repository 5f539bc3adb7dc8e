"""Tests of what changed since an earlier report."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.figures.changes import changes_since


def row(reference: str, ours: float | None = 0.35, verdict: str = "reproduced", **more: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "title": reference,
        "ours": ours,
        "verdict": verdict,
        "seeds": 3,
        "scale": "paper",
    } | more


def changed(tmp_path: Path, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    earlier = {"generated": "2026-11-20T10:00:00+00:00", "commit": "abc", "rows": before}
    (tmp_path / "report.json").write_text(json.dumps(earlier))
    found = changes_since(tmp_path, {"rows": after})
    assert (found["generated"], found["commit"]) == ("2026-11-20T10:00:00+00:00", "abc")
    assert found == changes_since(tmp_path / "report.json", {"rows": after})
    changes: list[dict[str, Any]] = found["changes"]
    return changes


@pytest.mark.parametrize(
    "after",
    [
        {"ours": 0.36},
        {"ours": None},
        {"verdict": "below"},
        {"seeds": 10},
        {"scale": "desktop"},
    ],
)
def test_another_number_or_verdict_is_a_change(tmp_path: Path, after: dict[str, Any]) -> None:
    (change,) = changed(tmp_path, [row("a"), row("b")], [row("a", **after), row("b")])
    assert change["reference"] == "a"
    assert change["before"]["ours"] == 0.35
    assert all(change["after"][name] == value for name, value in after.items())


def test_equal_numbers_and_other_words_are_no_change(tmp_path: Path) -> None:
    assert (
        changed(tmp_path, [row("a"), row("b", None)], [row("a", 0.35 + 1e-12, reason="other words"), row("b", None)])
        == []
    )


def test_a_reference_that_one_report_lacks_is_a_change(tmp_path: Path) -> None:
    changes = changed(tmp_path, [row("gone")], [row("new")])
    assert [(change["reference"], change["before"] is None, change["after"] is None) for change in changes] == [
        ("new", True, False),
        ("gone", False, True),
    ]


@pytest.mark.parametrize("text", ["[]", "{}", '{"rows": 1}'])
def test_a_file_that_is_no_report_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(BenchmarkError, match=r"is no report; give the folder|not an object"):
        changes_since(tmp_path, {"rows": []})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"report\.json"):
        changes_since(tmp_path, {"rows": []})


@pytest.mark.parametrize("rows", [[1, 2], [{"title": "no reference"}], [{"reference": "a", "ours": "x"}]])
def test_rows_that_are_none_are_one_line(tmp_path: Path, rows: list[Any]) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"rows": rows}))
    with pytest.raises(BenchmarkError, match=r"is no report; give the folder or the report\.json of one: .*rows"):
        changes_since(tmp_path, {"rows": []})
