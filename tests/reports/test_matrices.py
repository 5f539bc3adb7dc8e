"""Tests of the paper's tables as matrices of cells."""

from typing import Any

import pytest

from reports import matrices
from tests.reports.sample import sample
from tests.reports.sample_rows import row

TABLE = {
    "id": "table-2",
    "blocks": [
        {
            "title": "Sinusoids",
            "columns": ["1 step", "5 steps"],
            "rows": [
                {"label": "MAML", "cells": ["table-2/maml/1-step", "table-2/maml/5-steps"]},
                {"label": "Oracle", "cells": ["table-2/oracle/1-step", None]},
            ],
        }
    ],
}


def shown(**changes: Any) -> matrices.Cell:
    return matrices.cell(row("table-1/maml/a", "A", changes.pop("verdict", "reproduced"), **changes))


def test_cells_are_in_the_places_of_the_paper_and_unknown_ids_are_empty() -> None:
    data = sample() | {"tables": [TABLE]}
    (matrix,) = matrices.matrices(data)
    (block,) = matrix.blocks
    assert block.columns == ("1 step", "5 steps")
    assert [(label, [cell and cell.row["reference"] for cell in cells]) for label, cells in block.lines] == [
        ("MAML", ["table-2/maml/1-step", "table-2/maml/5-steps"]),
        ("Oracle", [None, None]),
    ]
    assert matrix.printed
    assert matrix.measured


def test_without_tables_in_the_data_there_are_no_matrices() -> None:
    assert matrices.matrices({"rows": []}) == ()


@pytest.mark.parametrize(
    ("changes", "word", "tone"),
    [
        ({}, "reproduced", "reproduced"),
        ({"verdict": "below", "better": "lower"}, "below, better", "better"),
        ({"verdict": "above", "better": "lower"}, "above, worse", "above"),
        ({"verdict": "below", "better": "higher"}, "below, worse", "below"),
        ({"verdict": "above", "better": None}, "above", "above"),
        ({"verdict": "not implemented"}, "not implemented", "not-implemented neutral"),
    ],
)
def test_a_lower_error_has_another_tone_than_a_higher_one(changes: dict[str, Any], word: str, tone: str) -> None:
    cell = shown(**changes)
    assert (cell.word, cell.tone) == (word, tone)


def test_a_reason_stands_beside_a_verdict_unless_the_verdict_says_it_all() -> None:
    assert shown(verdict="inconclusive", reason="agrees; 1 seed, 3 needed").reason == "agrees; 1 seed, 3 needed"
    assert shown(verdict="quoted", reason="from earlier work").reason == ""


def test_both_spreads_are_named() -> None:
    cell = shown(ours=96.66, per_seed=[96.3, 97.1, 96.6], half_width_tasks=0.52, half_width_seeds=0.977)
    assert cell.ours == "96.66"
    assert cell.spreads == ("± 0.52 tasks", "± 0.98 seeds")
    claim = shown(ours=-2.96, half_width_tasks=None, half_width_seeds=None, half_width_both=88.79)
    assert claim.spreads == ("± 88.79 tasks and seeds",)
    diverged = shown(verdict="diverged", per_seed=[None, None])
    assert (diverged.measured, diverged.ours, diverged.spreads) == (True, "diverged", ())


def test_a_block_has_the_decimals_of_its_most_precise_number() -> None:
    rows = [row("table-1/a", "A", "quoted", paper=97.0), row("table-1/b", "B", "quoted", paper=98.4)]
    lines = [{"label": name, "cells": [f"table-1/{name}"]} for name in ("a", "b")]
    table = {"id": "table-1", "blocks": [{"title": "T", "columns": ["c"], "rows": lines}]}
    (matrix,) = matrices.matrices({"rows": rows, "tables": [table]})
    assert matrix.blocks[0].decimals == 1


def test_a_figure_without_printed_numbers_is_no_table_of_printed_numbers() -> None:
    rows = [row("figure-3/a", "A", "no printed number", paper=None, ours=0.3)]
    table = {
        "id": "figure-3",
        "blocks": [{"title": "T", "columns": ["c"], "rows": [{"label": "a", "cells": ["figure-3/a"]}]}],
    }
    (matrix,) = matrices.matrices({"rows": rows, "tables": [table]})
    assert not matrix.printed
