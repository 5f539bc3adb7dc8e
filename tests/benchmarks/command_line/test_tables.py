"""Tests of the tables that `list` prints."""

import pytest

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line import tables
from benchmarks.command_line.tables import experiments_json, print_experiments


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
        assert ("maml-tf[rl]" in line) == (CATALOGUE[row["experiment"]].extra is not None)


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
