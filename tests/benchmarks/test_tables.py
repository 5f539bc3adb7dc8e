import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.evidence import Measured
from benchmarks.status import rows
from benchmarks.tables import choose, print_rows


def test_patterns_choose_references() -> None:
    chosen = choose(rows(Measured([])), ["table-2/maml/*", "claim/first-order-speed"])
    assert [row["reference"] for row in chosen] == [
        "table-2/maml/1-step",
        "table-2/maml/5-steps",
        "table-2/maml/10-steps",
        "claim/first-order-speed",
    ]


def test_a_pattern_without_a_match_is_quoted() -> None:
    with pytest.raises(BenchmarkError, match="'table-9'"):
        choose(rows(Measured([])), ["table-9"])


def test_one_line_a_reference_and_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(choose(rows(Measured([])), ["table-2/*"]))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 16
    assert lines[0].startswith("table-2/multi-task-no-regularisation/1-step")
    assert lines[-1] == "15 references: 15 not run"
