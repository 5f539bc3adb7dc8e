"""Optional packages: what is missing is named before anything runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.extra import Extra
from benchmarks.errors import BenchmarkError
from benchmarks.experiments.sinusoid.declarations import MAML
from benchmarks.running import runner
from benchmarks.running.job import Job

ROBOTS = Extra(name="robots", modules=("json", "no_such_module"))
WALKER = replace(MAML, id="sinusoid/walker", extra=ROBOTS)


def plan(tmp_path: Path, *experiments: Experiment) -> list[Job]:
    asked = {"scale": "smoke", "readings": ["code"], "seeds": [0], "device": "cpu", "overwrite": False}
    return runner.plan(experiments, out=tmp_path / "records", **asked)  # type: ignore[arg-type]


def test_what_is_installed_is_not_missing() -> None:
    assert ROBOTS.missing() == ("no_such_module",)
    assert Extra(name="installed", modules=("json",)).missing() == ()


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError) as raised:
        plan(tmp_path, WALKER)
    assert str(raised.value) == (
        "sinusoid/walker needs no_such_module, not installed here: pip install 'maml-tf[robots]'"
    )
    assert raised.value.exit_status == 2
    assert not (tmp_path / "records").exists(), "nothing was begun"


def test_several_experiments_are_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"^sinusoid/walker and 2 more need no_such_module"):
        plan(tmp_path, WALKER, replace(WALKER, id="a/b"), replace(WALKER, id="a/c"))


def test_experiments_without_the_package_are_planned_all_the_same(tmp_path: Path) -> None:
    assert len(plan(tmp_path, MAML)) == 1
    # Those that need it are named and left out by the command, so that the others run.
    assert [job.experiment for job in plan(tmp_path, MAML, WALKER)] == ["sinusoid/maml", "sinusoid/walker"]


def test_packages_do_not_enter_the_definition() -> None:
    assert WALKER.definition("paper", "code") == MAML.definition("paper", "code")
