"""Tests of the tables of results that `status`, `report` and `run` print."""

import re
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.command_line.status_tables import choose, print_rows, print_summary, print_weaker, with_interval
from benchmarks.errors import BenchmarkError
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.status import rows
from benchmarks.verdicts.verdict import Verdict
from tests.benchmarks.example_records import example_record

NOTHING = rows(Measured([]), CATALOGUE)


def example_row(**changes: Any) -> Row:
    [row] = choose(NOTHING, ["table-2/maml/5-steps"])
    measured: dict[str, Any] = {
        "ours": 0.38801,
        "half_width_tasks": 0.0493,
        "seeds": 10,
        "scale": "paper",
        "reading": "code",
    }
    return replace(row, **({"verdict": Verdict.REPRODUCED} | measured | changes))


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("table-2/maml/5-steps", ["table-2/maml/5-steps"]),
        ("table-2/maml/*", ["table-2/maml/1-step", "table-2/maml/5-steps", "table-2/maml/10-steps"]),
        ("table-2/maml/", ["table-2/maml/1-step", "table-2/maml/5-steps", "table-2/maml/10-steps"]),
        ("omniglot/context-vector-5-way-1-shot", ["table-3/context-vector/omniglot-5-way-1-shot"]),
        ("*first-order-speed", ["claim/first-order-speed"]),
    ],
)
def test_a_pattern_chooses_references_by_their_ids_or_by_their_experiment(pattern: str, chosen: list[str]) -> None:
    assert [row.reference for row in choose(NOTHING, [pattern])] == chosen


def test_the_beginning_of_an_id_chooses_all_of_it() -> None:
    assert len(choose(NOTHING, ["table-2"])) == 15
    assert {row.experiment for row in choose(NOTHING, ["mini-imagenet"])} > {"mini-imagenet/baselines"}
    assert not [row for row in choose(NOTHING, ["table-1", "table-2/maml"]) if row.reference.startswith("table-3")]


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("tabel-2", "'table-2/.'"),
        ("sinusoid/mamml", "'sinusoid/maml'"),
        ("robots", "`python -m benchmarks status --all` lists all of them"),
        ("table", ""),  # a beginning ends at a slash
    ],
)
def test_a_pattern_without_a_match_is_quoted_and_similar_ids_are_suggested(pattern: str, advice: str) -> None:
    with pytest.raises(BenchmarkError, match=f"^no reference or experiment matches '{pattern}'; .*{advice}"):
        choose(NOTHING, [pattern])


def test_the_summary_has_one_line_for_each_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary([*choose(NOTHING, ["table-2/*", "claim/parameters-sinusoid"]), example_row(), example_row()])
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert [[part.strip() for part in line] for line in lines] == [
        ["table-2", "17", "2 reproduced, 15 not run"],
        ["claim", "1", "1 not run"],
        ["18", "references:", "2 reproduced, 16 not run"],
    ]


def test_one_line_for_each_reference_and_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([example_row(), *choose(NOTHING, ["table-2/maml/1-step"])])
    head, *lines, total = capsys.readouterr().out.splitlines()
    assert head.split() == ["reference", "paper", "ours", "verdict", "made", "with"]
    assert [line.split() for line in lines] == [
        ["table-2/maml/5-steps", "0.38", "0.388", "±", "0.049", "reproduced", "10", "seeds,", "paper,", "code"],
        ["table-2/maml/1-step", "0.67", "-", "not", "run"],
    ]
    assert total == "2 references: 1 reproduced, 1 not run"


def test_a_terminal_of_80_columns_shows_everything(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    accuracy = {"paper": 98.7, "plus_minus": 0.4, "ours": 98.712, "half_width_tasks": 0.31, "unit": "%"}
    long = example_row(reference="table-1/nearest-neighbour-baseline/mini-imagenet-5-way-1-shot", **accuracy)
    print_rows([long, replace(long, verdict=Verdict.NOT_COMPARABLE)])
    shown = re.sub("\x1b[^m]*m", "", capsys.readouterr().out)
    assert all(len(line) <= 80 for line in shown.splitlines())
    for text in ("table-1/", "nearest-neighbour-baseline/", "98.70 ± 0.40 %", "98.71 ± 0.31 %", "not comparable"):
        assert text in shown
    assert "…" not in shown


@pytest.mark.parametrize(
    ("value", "half_width", "unit", "shown"),
    [
        (112006.0, 0.0, "parameters", "112,006"),
        (112005.5, None, "parameters", "112,005.5"),
        (1e14 / 3, None, "MSE", "3.333e+13"),
        (0.388, 0.0493, "MSE", "0.388 ± 0.049"),
        (98.712, 0.31, "%", "98.71 ± 0.31 %"),
        (None, 0.31, "%", "-"),
    ],
)
def test_a_number_has_its_interval(value: float | None, half_width: float | None, unit: str, shown: str) -> None:
    assert with_interval(value, half_width, unit) == shown


def maml(seeds: int) -> list[Record]:
    experiment = CATALOGUE["sinusoid/maml"]
    made: dict[str, Any] = {
        "settings": experiment.settings("paper", "code"),
        "definition": experiment.definition("paper", "code"),
    }
    return [example_record(seed=seed, **made) for seed in range(seeds)]


@pytest.mark.parametrize(("fresh", "named"), [(2, True), (3, False), (4, False), (0, False)])
def test_fresh_records_with_fewer_seeds_are_not_left_out_silently(
    fresh: int, named: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = Measured(maml(3), maml(fresh))
    print_weaker(measured, CATALOGUE)
    assert ("for sinusoid/maml" in capsys.readouterr().out) == named
    [row] = choose(rows(measured, CATALOGUE), ["table-2/maml/5-steps"])
    assert row.seeds == max(3, fresh)
    assert row.origin == ("fresh record" if fresh >= 3 else "accepted baseline")
    assert (
        any("than the fresh records (2). The fresh records over 2 seeds: " in note for note in row.footnotes) == named
    )
