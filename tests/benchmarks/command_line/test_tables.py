"""Tests of the tables that `list` and `status` print."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line import tables
from benchmarks.command_line.tables import choose, experiments_json, print_experiments, print_rows
from benchmarks.errors import BenchmarkError
from benchmarks.records.evidence import Measured
from benchmarks.records.provenance import ROOT
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.status import rows
from benchmarks.verdicts.verdict import Verdict


def example_row(**changes: Any) -> Row:
    [row] = choose(rows(Measured([]), CATALOGUE), ["table-2/maml/5-steps"])
    measured: dict[str, Any] = {
        "ours": 0.38801,
        "half_width_tasks": 0.0493,
        "seeds": 10,
        "scale": "paper",
        "reading": "code",
    }
    return replace(row, **({"verdict": Verdict.REPRODUCED} | measured | changes))


def readme_table(name: str) -> str:
    _, _, rest = (ROOT / "README.md").read_text().partition(f"<!-- {name} -->\n")
    return rest.partition(f"\n<!-- end of {name} -->")[0]


def test_every_experiment_is_listed_with_its_cost() -> None:
    rows = experiments_json(select([]))
    assert [row["experiment"] for row in rows] == list(CATALOGUE)
    assert all(row["minutes"]["paper"] > 0 and row["memory_gb"] > 0 for row in rows)


def test_output_to_a_file_is_neither_folded_nor_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    rows = experiments_json(select([]))
    print_experiments(select([]))
    lines = capsys.readouterr().out.splitlines()[2:]
    for row, line in zip(rows, lines, strict=True):
        assert line.startswith(row["experiment"] + " ")
        assert line.split()[-4:] == [f"{cost:g}" for cost in (*row["minutes"].values(), row["memory_gb"])]


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_the_costs_however_narrow_it_is(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = experiments_json(select([]))
    print_experiments(select([]))
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert all(f" {cost:g} " in shown for row in rows for cost in row["minutes"].values())
    assert ("answers to" in shown) == (columns == 200)


def test_the_readme_holds_the_table_that_list_prints() -> None:
    assert readme_table("catalogue") == tables.experiments_markdown(select([]))


def test_every_accuracy_of_a_table_has_its_command() -> None:
    markdown = tables.experiments_markdown(select([]))
    answered = [
        name
        for experiment in CATALOGUE.values()
        for name in experiment.answers
        if name.startswith(("table-1/", "table-3/"))
    ]
    assert len(answered) >= 15
    assert all(markdown.count(f"`{name}`") == 1 for name in answered)
    assert (
        "`table-1/maml-no-conv/omniglot-5-way-1-shot` | `python -m benchmarks run omniglot/no-conv-5-way-1-shot"
        in markdown
    )


def test_patterns_choose_references() -> None:
    chosen = choose(rows(Measured([]), CATALOGUE), ["table-2/maml/*", "claim/first-order-speed"])
    assert [row.reference for row in chosen] == [
        "table-2/maml/1-step",
        "table-2/maml/5-steps",
        "table-2/maml/10-steps",
        "claim/first-order-speed",
    ]


def test_a_pattern_without_a_match_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match="'table-9'"):
        choose(rows(Measured([]), CATALOGUE), ["table-9"])


def test_one_line_for_each_reference_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(choose(rows(Measured([]), CATALOGUE), ["table-2/*"]))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 16
    assert lines[0].startswith("table-2/multi-task-no-regularisation/1-step")
    assert lines[-1] == "15 references: 15 not run"


@pytest.mark.parametrize(
    ("unit", "ours", "shown"),
    [
        ("parameters", 112006.0, "paper  112,005  ours  112,006  above"),
        ("parameters", 112005.5, "paper  112,005  ours 112,005.5  above"),
        ("MSE", 1e14 / 3, "paper 1.12e+05  ours 3.333e+13  above"),
        ("parameters", None, "paper  112,005  ours        -  above"),
    ],
)
def test_every_digit_of_a_count_is_printed(
    unit: str, ours: float | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_rows([example_row(reference="claim", paper=112005, ours=ours, unit=unit, verdict=Verdict.ABOVE, seeds=0)])
    assert capsys.readouterr().out.splitlines()[0] == f"claim  {shown}"


@pytest.mark.parametrize(("seeds", "shown"), [(1, "(paper, code, 1 seed)"), (3, "(paper, code, 3 seeds)")])
def test_a_line_ends_with_scale_reading_and_seeds(seeds: int, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([example_row(seeds=seeds)])
    assert capsys.readouterr().out.splitlines()[0].endswith(shown)


def test_the_readme_holds_the_results_of_the_accepted_baselines() -> None:
    chosen = choose(rows(Measured.load(), CATALOGUE), ("table-[1-3]/*", "claim/*"))
    assert readme_table("results") == tables.rows_markdown(chosen)


def test_the_markdown_table_holds_only_rows_with_a_comparison() -> None:
    accuracy = example_row(paper=98.7, plus_minus=0.4, ours=98.712, half_width_tasks=0.31, unit="%")
    count = example_row(paper=112005, ours=112005.0, half_width_tasks=0.0, unit="parameters")
    markdown = tables.rows_markdown([example_row(), accuracy, count, example_row(verdict=Verdict.NOT_RUN)])
    assert markdown.splitlines()[2:] == [
        "| `table-2/maml/5-steps` | 0.38 | 0.388 ± 0.049 | 10 | reproduced |",
        "| `table-2/maml/5-steps` | 98.70 ± 0.40 % | 98.71 ± 0.31 % | 10 | reproduced |",
        "| `table-2/maml/5-steps` | 112,005 | 112,005 | 10 | reproduced |",
    ]
