import pytest

from benchmarks.command_line.tables import choose, markdown, print_rows
from benchmarks.errors import BenchmarkError
from benchmarks.judgement.status import rows
from benchmarks.records.evidence import Measured
from benchmarks.records.provenance import ROOT


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


@pytest.mark.parametrize(
    ("unit", "ours", "told"),
    [
        ("parameters", 112006.0, "paper  112,005  ours  112,006  above"),
        ("parameters", 112005.5, "paper  112,005  ours 112,005.5  above"),
        ("MSE", 1e14 / 3, "paper 1.12e+05  ours 3.333e+13  above"),
        ("parameters", None, "paper  112,005  ours        -  above"),
    ],
)
def test_of_a_count_every_digit_is_printed(
    unit: str, ours: float | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"reference": "claim", "paper": 112005, "ours": ours, "unit": unit, "verdict": "above", "seeds": 0}
    print_rows([row])
    assert capsys.readouterr().out.splitlines()[0] == f"claim  {told}"


@pytest.mark.parametrize(("seeds", "told"), [(1, "(paper, code, 1 seed)"), (3, "(paper, code, 3 seeds)")])
def test_a_line_ends_with_the_run_that_it_tells_of(seeds: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"reference": "r", "paper": 1.0, "ours": 1.0, "unit": "MSE", "verdict": "above"}
    print_rows([row | {"scale": "paper", "reading": "code", "seeds": seeds}])
    assert capsys.readouterr().out.splitlines()[0].endswith(told)


RESULTS = ("table-[1-3]/*", "claim/*")


def test_the_readme_holds_the_results_of_the_accepted_baselines() -> None:
    readme = (ROOT / "README.md").read_text()
    _, _, rest = readme.partition("<!-- results -->\n")
    table, _, _ = rest.partition("\n<!-- end of results -->")
    assert table == markdown(choose(rows(Measured.load()), RESULTS))


def test_a_table_tells_what_could_be_judged_alone() -> None:
    judged = {
        "reference": "table-2/maml/5-steps",
        "paper": 0.38,
        "plus_minus": None,
        "ours": 0.38801,
        "half_width_tasks": 0.0493,
        "unit": "MSE",
        "seeds": 10,
        "verdict": "reproduced",
    }
    accuracy = {"paper": 98.7, "plus_minus": 0.4, "ours": 98.712, "half_width_tasks": 0.31, "unit": "%"}
    count = {"paper": 112005, "ours": 112005.0, "half_width_tasks": 0.0, "unit": "parameters"}
    told = markdown([judged, judged | accuracy, judged | count, judged | {"verdict": "not run"}]).splitlines()
    assert told[2:] == [
        "| `table-2/maml/5-steps` | 0.38 | 0.388 ± 0.049 | 10 | reproduced |",
        "| `table-2/maml/5-steps` | 98.70 ± 0.40 % | 98.71 ± 0.31 % | 10 | reproduced |",
        "| `table-2/maml/5-steps` | 112,005 | 112,005 | 10 | reproduced |",
    ]
