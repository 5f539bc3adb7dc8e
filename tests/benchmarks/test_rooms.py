"""Every family has its own folder: the engine names no experiment, and a new family needs one folder and one line."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.command_line.tables import experiments_json
from benchmarks.data.inventory import DataSet
from benchmarks.declaring.settings import overridden
from benchmarks.errors import BenchmarkError
from benchmarks.experiments.sinusoid.declarations import MAML
from benchmarks.family import Analysis, Catalogue, Family, Race
from benchmarks.figures.report_data import report_data
from benchmarks.records.evidence import Measured
from benchmarks.records.references import load_references
from benchmarks.running import runner
from maml_tf import networks
from reports import build
from tests.benchmarks.example_records import example_record

SUITE = Path(__file__).parents[2] / "benchmarks"
ENGINE = [path for path in sorted(SUITE.rglob("*.py")) if "experiments" not in path.relative_to(SUITE).parts]
NAMES = {*CATALOGUE, *load_references(), *CATALOGUE.data_sets}
NAMES |= {name for name, value in vars(networks).items() if isinstance(value, type)}


def constants(tree: ast.AST) -> Iterator[str]:
    """Returns the text constants in a module except docstrings, which may give examples."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, documented)]
    prose = {id(line.value) for body in bodies for line in body if isinstance(line, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(SUITE).as_posix())
def test_the_engine_names_no_experiment_reference_data_set_or_network(path: Path) -> None:
    words = {word for text in constants(ast.parse(path.read_text())) for word in re.findall(r"[\w/-]+", text)}
    assert not words & NAMES


CLAIM = "table-1/mann-no-conv/omniglot-5-way-1-shot"
WIDE = replace(
    MAML,
    id="wide/maml",
    title="MAML on wide sinusoids",
    tasks=MAML.tasks | {"inputs": (-10.0, 10.0)},
    tests=overridden(MAML.tests, {"*.tasks": MAML.tasks | {"inputs": (-10.0, 10.0)}}),
    answers={},
    needs=("waves",),
)
FAMILY = Family(
    experiments=(WIDE,),
    analysis=Analysis(
        claims={CLAIM: lambda measured: {"verdict": "reproduced", "command": None, "footnotes": ["Wide as well."]}},
        figures=(lambda measured: [{"id": "figure-wide"}],),
    ),
    data_sets=(DataSet(name="waves", find=lambda: (), how="it needs no files"),),
    races={"wide": Race(experiment=WIDE.id, chunk=5)},
    score="error",
)
EXTENDED = Catalogue(families=(*CATALOGUE.families, FAMILY))


def test_a_new_family_is_listed_and_planned(tmp_path: Path) -> None:
    chosen = EXTENDED.select(["wide/*"])
    assert [(row["experiment"], row["title"]) for row in experiments_json(chosen)] == [
        ("wide/maml", "MAML on wide sinusoids")
    ]
    (job,) = runner.plan(
        chosen, scale="smoke", readings=["code"], seeds=[0], device="cpu", out=tmp_path, overwrite=False
    )
    assert job.experiment == "wide/maml"
    assert EXTENDED.is_present("waves")
    assert EXTENDED.race("wide").experiment == "wide/maml"
    assert list(EXTENDED) == [*CATALOGUE, "wide/maml"]


def test_a_new_family_is_shown_with_its_charts_figures_and_claims(tmp_path: Path) -> None:
    record = example_record(
        {f"k-5/{steps}-steps": [0.5, 0.6] for steps in (0, 5)},
        experiment="wide/maml",
        definition=WIDE.definition("paper", "code"),
        settings=WIDE.settings("paper", "code"),
    )
    data = report_data(Measured([record]), EXTENDED)
    (shown,) = [experiment for experiment in data["experiments"] if experiment["id"] == "wide/maml"]
    (chart,) = shown["charts"]
    assert chart["title"] == "Error over adaptation, paper scale"
    assert chart["curves"][0]["label"] == "k 5 (2 tasks, 10 query examples)"
    assert [run["seed"] for run in shown["runs"]] == [0]
    (row,) = [row for row in data["rows"] if row["reference"] == CLAIM]
    assert (row["verdict"], row["footnotes"][-1]) == ("reproduced", "Wide as well.")
    assert data["figures"].pop() == {"id": "figure-wide"}
    assert "MAML on wide sinusoids" in build(data, tmp_path).read_text()


def test_two_families_cannot_declare_the_same() -> None:
    with pytest.raises(ValueError, match="declared by two families: wide/maml"):
        Catalogue(families=(FAMILY, FAMILY)).select([])


@pytest.mark.parametrize("name", ["marathon", ""])
def test_an_unknown_race_is_quoted_with_what_is_allowed(name: str) -> None:
    with pytest.raises(BenchmarkError, match=f"unknown comparison '{name}'; choose from sinusoid, .*, wide$"):
        EXTENDED.race(name)
