from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import Row, State
from benchmarks.errors import BenchmarkError
from benchmarks.running import launch, worker
from benchmarks.running.executor import Event
from benchmarks.running.job import Job
from benchmarks.running.unfinished import ProcessLog
from maml_tf.datasets import checksum
from tests.benchmarks.running.example_job import example_job


def run(job: Job) -> list[Event]:
    events: list[Event] = []
    worker.Worker(events.append).run(job)
    return events


def test_a_run_reports_its_progress_and_writes_a_record_with_provenance(tmp_path: Path) -> None:
    job = example_job(out=str(tmp_path))
    first, *_, last = run(job)
    assert first == Event(kind="progress", completed=200, total=200, message=first.message)
    assert first.message.startswith("loss ")
    assert last == Event(kind="done", path=str(job.record_path))
    record = job.store.read(job.record_path)
    assert record.cost["iterations"] == 200
    assert record.cost["peak_memory_bytes"] >= record.cost["training_memory_bytes"] > 1e8
    assert record.cost["test_seconds"] > 0
    assert record.device.startswith("CPU")
    assert set(record.provenance) >= {"commit", "dirty", "packages", "command", "started", "finished", "host"}
    assert record.arrays["weights/layer_0/kernel"].shape == (3, 40)
    (process,) = record.provenance["processes"]
    facts = {
        "commit",
        "dirty",
        "python",
        "packages",
        "started",
        "device",
        "groups",
        "xla",
        "intra_op_threads",
        "inter_op_threads",
        "onednn",
    }
    assert set(process) == facts | {"training_memory_bytes", "peak_memory_bytes"}
    assert (process["device"], process["groups"], process["xla"]) == (record.device, 1, bool(launch.gpus()))


@pytest.mark.parametrize("gpus", [[], ["a GPU"]])
def test_tasks_are_computed_in_groups_on_a_cpu_and_all_at_once_on_a_gpu(
    gpus: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, logged = [], []

    def measure(*arguments: Any) -> None:
        chosen.append(arguments[-2:])
        (process,) = arguments[3].processes.entries()
        logged.append((process["groups"], process["xla"]))
        raise BenchmarkError("stopped here")

    monkeypatch.setattr(launch, "gpus", lambda: gpus)
    monkeypatch.setattr(launch, "facts", lambda: {"device": "a device"})
    monkeypatch.setattr(worker, "measure", measure)
    monkeypatch.setattr(worker.Worker, "_checksum", lambda *_: "checksum")
    experiment = CATALOGUE["omniglot/maml-20-way-1-shot"]
    (event,) = run(example_job(experiment.id, scale="paper", out=str(tmp_path)))
    assert event.message == "stopped here"
    assert experiment.runtime.groups > 1
    assert chosen == [(None, True) if gpus else (experiment.runtime.groups, False)]
    assert logged == [(1, True) if gpus else (experiment.runtime.groups, False)]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_resumed_run_names_the_code_of_each_process(tmp_path: Path, overwrite: bool) -> None:
    job = example_job(out=str(tmp_path), overwrite=overwrite)
    job.checkpoint_path.with_suffix(".tests").mkdir(parents=True)
    other = {"commit": "b" * 40, "dirty": True, "started": "2026-01-01T00:00:00+00:00"}
    ProcessLog(path=job.checkpoint_path.with_suffix(".sessions.json")).begin(other, resumed=False)
    run(job)
    provenance = job.store.read(job.record_path).provenance
    *earlier, current = provenance["processes"]
    assert current["commit"] == provenance["commit"]
    if overwrite:  # a run that is compared with the existing record starts anew
        assert not earlier
        assert provenance["started"] > other["started"]
    else:
        assert earlier == [other]
        assert (provenance["dirty"], provenance["started"]) == (True, other["started"])
    assert not list(job.checkpoint_path.parent.iterdir())


def test_the_checksum_of_data_is_that_of_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []

    def prepare(data_set: Any, progress: Any) -> None:
        prepared.append(data_set.name)
        progress("omniglot", 1, 2)

    found = Row(name="omniglot", state=State.FOUND, how="")
    monkeypatch.setattr("benchmarks.running.worker.inventory.inspect", lambda _: found)
    monkeypatch.setattr("benchmarks.running.worker.inventory.prepare", prepare)
    events: list[Event] = []
    assert worker.Worker(events.append)._checksum("omniglot") == checksum("omniglot")
    assert prepared == ["omniglot"]
    assert events == [Event(kind="progress", completed=1, total=2, message="decoding omniglot")]


def test_a_record_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    job = example_job(out=str(tmp_path))
    run(job)
    before = job.record_path.read_bytes()
    events = run(job)
    # Another command has made it, so there is nothing to do, and nothing is left over.
    assert [(event.kind, event.path) for event in events] == [("done", str(job.record_path))]
    assert job.record_path.read_bytes() == before
    assert not job.checkpoint_path.parent.exists() or not list(job.checkpoint_path.parent.iterdir())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"device": "gpu"}, "device 'gpu' is not available; choose from auto, cpu"),
        ({"definition": "0" * 12}, "the job has definition '000000000000', but the worker's catalogue "),
    ],
)
def test_jobs_that_cannot_run_here_are_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    (event,) = run(example_job(out=str(tmp_path), **changes))
    assert event.kind == "failed"
    assert event.message.startswith(message)


def test_an_experiment_that_the_catalogue_lacks_is_refused(tmp_path: Path) -> None:
    (event,) = run(replace(example_job(out=str(tmp_path)), experiment="sinusoid/other"))
    assert event == Event(kind="failed", message="no experiment 'sinusoid/other' in the worker's catalogue")


def test_missing_data_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    (event,) = run(example_job("omniglot/no-conv-5-way-1-shot", out=str(tmp_path)))
    assert event.kind == "data missing"
    assert "MAML_TF_DATA" in event.message


def test_an_unexpected_error_is_reported_with_its_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(worker, "measure", broken)
    (event,) = run(example_job(out=str(tmp_path)))
    assert event == Event(kind="failed", message="ZeroDivisionError: by nought")
