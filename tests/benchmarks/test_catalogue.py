"""The catalogue: every declaration is valid, and every experiment that needs no data runs."""

import configparser
import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.data.inventory import prepare
from benchmarks.declaring.experiment import READINGS, SCALES, Experiment
from benchmarks.declaring.settings import build
from benchmarks.errors import BenchmarkError
from benchmarks.records.provenance import ROOT
from benchmarks.records.references import load_references
from benchmarks.running.measure import measure
from benchmarks.running.unfinished import UnfinishedRun

EXPERIMENTS = list(CATALOGUE.values())


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.id)
def test_declarations_are_sound(experiment: Experiment) -> None:
    assert set(experiment.scales) == set(SCALES) == set(experiment.runtime.minutes)
    assert experiment.primary in experiment.readings
    assert set(experiment.readings) <= set(READINGS)
    assert not experiment.scales["paper"]
    assert set(experiment.answers) <= set(load_references())
    assert experiment.footnotes


def test_no_reference_is_answered_twice() -> None:
    answered = [reference for experiment in EXPERIMENTS for reference in experiment.answers]
    assert len(answered) == len(set(answered))


def test_every_reference_of_regression_is_answered() -> None:
    answered = {reference for experiment in EXPERIMENTS for reference in experiment.answers}
    regression = ("table-2/", "figure-2/", "figure-3/", "figure-6/", "figure-7/", "claim/sinusoid-")
    assert {reference for reference in load_references() if reference.startswith(regression)} <= answered


def test_every_row_of_classification_that_can_be_run_is_answered() -> None:
    answered = {reference for experiment in EXPERIMENTS for reference in experiment.answers}
    ours = ("table-1/maml", "table-1/fine-tuning", "table-1/nearest-neighbour", "table-3/", "claim/parameters-omniglot")
    assert {reference for reference in load_references() if reference.startswith(ours)} <= answered


def test_synthetic_characters_answer_nothing() -> None:
    assert not any(experiment.answers for experiment in EXPERIMENTS if experiment.id.startswith("glyphs/"))


@pytest.fixture(scope="session")
def lock(tmp_path_factory: pytest.TempPathFactory) -> FileLock:
    """A lock for decoding data, so that one test worker decodes it and the others use the result."""
    base = tmp_path_factory.getbasetemp()
    return FileLock((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "data.lock")


def form(settings: Any) -> Any:
    """Returns settings with the word "number" in place of every number."""
    if isinstance(settings, dict):
        return {name: form(value) for name, value in settings.items()}
    if isinstance(settings, list | tuple):
        return [form(value) for value in settings]
    return "number" if isinstance(settings, int | float) and not isinstance(settings, bool) else settings


def at_the_smoke_scale() -> list[Experiment]:
    """Every experiment, except those that differ from one before in numbers alone, such as ways and shots.

    Experiments that sample for themselves are also left out if learner and environment were seen before.
    """
    chosen, seen = [], set[object]()
    for experiment in EXPERIMENTS:
        settings = experiment.settings("smoke", next(iter(experiment.readings)))
        learner = settings["learner"]
        inner_loop = {name: value for name, value in learner.get("inner_loop", {}).items() if name != "learning_rate"}
        kinds: set[object] = {
            ("learner", learner["part"], learner.get("surrogate"), str(inner_loop)),
            ("environment", learner.get("environment", {}).get("part")),
        }
        if experiment.score:
            kinds = {str(form(settings | {"tests": sorted(str(form(test)) for test in settings["tests"].values())}))}
        if not kinds <= seen:
            chosen.append(experiment)
        seen |= kinds
    return chosen


def skip_without(data_sets: Sequence[str]) -> None:
    """Skips the test, with the reason, unless all data sets are present."""
    missing = [name for name in data_sets if not CATALOGUE.is_present(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not in the data folder that MAML_TF_DATA names")


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.id)
def test_every_learner_begins(experiment: Experiment, scale: str) -> None:
    skip_without([name for name in experiment.needs if name == "authors_checkpoint"])  # a learner that begins with it
    for reading in experiment.readings:
        state = build(experiment.settings(scale, reading)["learner"]).begin(0)
        assert int(state.iteration) == 0


@pytest.mark.parametrize("experiment", at_the_smoke_scale(), ids=lambda experiment: experiment.id)
def test_every_experiment_runs_at_the_smoke_scale(experiment: Experiment, tmp_path: Path, lock: FileLock) -> None:
    skip_without(experiment.needs)
    if "mini_imagenet" in experiment.needs:
        with lock:
            prepare(CATALOGUE.data_sets["mini_imagenet"], lambda *_: None)
    settings = experiment.settings("smoke", next(iter(experiment.readings)))
    unfinished = UnfinishedRun(checkpoint=tmp_path / "run.npz", run="run")
    reports: list[tuple[int, int, str]] = []
    measured = measure(experiment, settings, 0, unfinished, lambda *report: reports.append(report))
    trained = [done for done, _, note in reports if note.startswith("loss ")]
    assert trained == sorted(trained)
    assert (trained[-1:] or [0]) == [settings["training"]["iterations"]]
    tested = {note: (done, total) for done, total, note in reports if note in settings["tests"]}
    assert all(done == total for done, total in tested.values())
    for metric in experiment.answers.values():
        assert metric in measured.metrics or f"{metric}/curves" in measured.arrays
    for name, summary in measured.metrics.items():
        assert measured.arrays[name].shape == (summary.tasks,)
        assert np.isfinite(summary.value)
        assert summary.diverged == 0


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [
        ("sinusoid/maml", {"sinusoid/maml"}),
        ("sinusoid/maml*", {"sinusoid/maml", "sinusoid/maml-first-order"}),
        ("*/oracle", {"sinusoid/oracle"}),
    ],
)
def test_patterns_select(pattern: str, ids: set[str]) -> None:
    found = {experiment.id for experiment in select([pattern])}
    assert found >= ids
    assert all(fnmatchcase(id_, pattern) for id_ in found)


def test_no_pattern_selects_all() -> None:
    assert select([]) == EXPERIMENTS


@pytest.mark.parametrize(
    ("pattern", "help_given"),
    [("sinusoid/mamml", "sinusoid/maml"), ("robots/*", "benchmarks list"), ("", "benchmarks list")],
)
def test_a_pattern_without_a_match_is_quoted_with_what_is_allowed(pattern: str, help_given: str) -> None:
    with pytest.raises(BenchmarkError, match=help_given) as raised:
        select([pattern])
    assert repr(pattern) in str(raised.value)


def kind(experiment: Experiment) -> tuple[object, ...]:
    """What is learned on which tasks, and whether it is meta-trained at all and to second order."""
    settings = experiment.settings("desktop", "code")
    learner, tuned = settings["learner"], any("tune" in test and test["tune"] for test in settings["tests"].values())
    first_order = learner.get("inner_loop", {}).get("first_order", False)
    return learner["part"], settings["tasks"]["part"], first_order, tuned, settings["training"]["iterations"] > 0


def test_the_regression_environment_has_one_experiment_of_each_kind_that_needs_no_data() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    words = re.search(r"{posargs:(.*)}", tox["testenv:regression"]["commands"], re.DOTALL)
    assert words
    names = [word for word in words[1].split() if "/" in word]
    assert not any(experiment.needs for experiment in select(names))
    # Learners that sample for themselves take minutes even when reduced, and have no accepted baseline yet.
    wanted = {kind(experiment) for experiment in CATALOGUE.values() if experiment.score and not experiment.needs}
    assert {kind(experiment) for experiment in select(names)} == wanted
    assert "--scale desktop" in words[1]
