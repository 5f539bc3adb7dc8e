"""Tests of results laid out as the tables of the paper."""

from benchmarks.command_line.matrices import matrices_markdown
from benchmarks.command_line.status_tables import choose
from benchmarks.verdicts.verdict import Verdict
from tests.benchmarks.command_line.test_status_tables import NOTHING, example_row

ACCURACY = {"paper": 98.7, "plus_minus": 0.4, "ours": 98.712, "half_width_tasks": 0.31, "unit": "%"}


def test_methods_are_lines_and_settings_are_columns() -> None:
    maml = [row for row in choose(NOTHING, ["table-2"]) if row.reference != "table-2/maml/5-steps"]
    assert matrices_markdown([example_row(), *maml]).splitlines()[:3] == [
        "| **Table 2: Sinusoid, 5-shot** | 5 steps | 1 step | 10 steps |",
        "| --- | ---: | ---: | ---: |",
        "| MAML | 0.38<br>**0.388 ± 0.049** ✓ | 0.67<br>not run | 0.35<br>not run |",
    ]


def test_quoted_methods_are_left_out_and_empty_cells_stay_empty() -> None:
    lines = matrices_markdown(choose(NOTHING, ["table-1"])).splitlines()
    assert lines[0].startswith(
        "| **Table 1** | Omniglot, 5-way 1-shot | Omniglot, 5-way 5-shot | Omniglot, 20-way 1-shot"
    )
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| MAML, no convolution",
        "| MAML",
        "| Fine-tuning baseline",
        "| Nearest-neighbour baseline",
        "| First-order MAML",
    ]
    assert lines[2].endswith(" |  |  |  |  |")


def test_the_symbol_says_the_verdict() -> None:
    row = {"reference": "claim/x", "title": "X", **ACCURACY}
    for verdict, symbol in ((Verdict.ABOVE, "↑"), (Verdict.BELOW, "↓"), (Verdict.INCONCLUSIVE, "?")):
        text = matrices_markdown([example_row(**row, verdict=verdict)])
        assert text.splitlines()[-1] == f"| X | 98.70 ± 0.40 % | **98.71 ± 0.31 %** {symbol} |"


def test_numbers_at_a_reduced_scale_stand_beside_no_printed_number() -> None:
    text = matrices_markdown([example_row(scale="desktop", verdict=Verdict.NOT_COMPARABLE)])
    assert text.splitlines()[-1].endswith("| 0.38<br>reduced scale only |")
    assert matrices_markdown([example_row(reference="claim/x", verdict=Verdict.NOT_RUN)]) == ""
