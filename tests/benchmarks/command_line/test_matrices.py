"""Tests of results laid out as the tables of the paper."""

from benchmarks.command_line.matrices import matrices_markdown
from benchmarks.command_line.status_tables import choose
from benchmarks.records.references import Layout
from benchmarks.verdicts.verdict import Verdict
from tests.benchmarks.command_line.test_status_tables import NOTHING, example_row

ACCURACY = {"paper": 98.7, "plus_minus": 0.4, "ours": 98.712, "half_width_tasks": 0.31, "unit": "%"}


def test_methods_are_lines_and_settings_are_columns_with_their_declared_labels() -> None:
    maml = [row for row in choose(NOTHING, ["table-2"]) if row.reference != "table-2/maml/5-steps"]
    lines = matrices_markdown([example_row(), *maml]).splitlines()
    assert lines[:2] == [
        "| **Table 2: Sinusoids, 5 support points, mean squared error** | 1 step | 5 steps | 10 steps |",
        "| --- | ---: | ---: | ---: |",
    ]
    assert lines[6] == "| MAML | 0.67<br>not run | 0.38<br>**0.388 ± 0.049** ✓ | 0.35<br>not run |"


def test_labels_are_those_of_the_layout_and_not_of_the_titles() -> None:
    block = Layout(title="Errors", ids="table-2/{row}/{column}", rows={"maml": "Ours"}, columns={"5-steps": "Five"})
    text = matrices_markdown([example_row(title="Anything, at all")], {"table-2": (block,)})
    assert text.splitlines()[::2] == ["| **Table 2: Errors** | Five |", "| Ours | 0.38<br>**0.388 ± 0.049** ✓ |"]


def test_quoted_methods_and_empty_columns_are_left_out() -> None:
    omniglot, mini_imagenet = matrices_markdown(choose(NOTHING, ["table-1"])).split("\n\n")
    assert omniglot.startswith("| **Table 1: Omniglot, accuracy in per cent** | 5-way 1-shot | 5-way 5-shot | 20-way")
    assert [line.split(" | ")[0] for line in omniglot.splitlines()[2:]] == ["| MAML, no convolutions", "| MAML"]
    assert omniglot.splitlines()[2].endswith(" |  |  |")
    assert [line.split(" | ")[0] for line in mini_imagenet.splitlines()[2:]] == [
        "| Fine-tuning baseline",
        "| Nearest-neighbour baseline",
        "| MAML, first order",
        "| MAML",
    ]
    no_convolution = matrices_markdown(choose(NOTHING, ["table-1/maml-no-conv"]))
    assert no_convolution.splitlines()[0].count("|") == 4


def test_the_symbol_says_the_verdict() -> None:
    row = {"reference": "claim/x", "title": "X", **ACCURACY}
    for verdict, symbol in ((Verdict.ABOVE, "↑"), (Verdict.BELOW, "↓"), (Verdict.INCONCLUSIVE, "?")):
        text = matrices_markdown([example_row(**row, verdict=verdict)])
        assert text.splitlines()[-1] == f"| X | 98.70 ± 0.40 % | **98.71 ± 0.31 %** {symbol} |"


def test_numbers_at_a_reduced_scale_stand_beside_no_printed_number() -> None:
    text = matrices_markdown([example_row(scale="desktop", verdict=Verdict.NOT_COMPARABLE)])
    assert text.splitlines()[-1].endswith("| 0.38<br>reduced scale only |")
    assert matrices_markdown([example_row(reference="claim/x", verdict=Verdict.NOT_RUN)]) == ""
