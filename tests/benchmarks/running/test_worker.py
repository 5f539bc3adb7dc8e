import io
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import Row, State
from benchmarks.errors import BenchmarkError
from benchmarks.running import worker
from benchmarks.running.job import Job
from benchmarks.running.sessions import Sessions
from maml_tf.datasets import checksum


def told(job: Job) -> list[dict[str, object]]:
    events = io.StringIO()
    worker.Worker(events).make(job)
    return [json.loads(line) for line in events.getvalue().splitlines()]


def job(tmp_path: Path, **changes: object) -> Job:
    made: dict[str, object] = {
        "experiment": "sinusoid/oracle",
        "scale": "smoke",
        "reading": "code",
        "seed": 0,
        "device": "cpu",
        "out": str(tmp_path),
    }
    return Job(**made | changes)  # type: ignore[arg-type]


def test_a_run_tells_its_progress_and_writes_a_record_with_provenance(tmp_path: Path) -> None:
    asked = job(tmp_path)
    events = told(asked)
    assert events[0] == {"event": "progress", "done": 200, "total": 200, "note": events[0]["note"]}
    assert str(events[0]["note"]).startswith("loss ")
    assert events[-1] == {"event": "done", "path": str(asked.record_path)}
    record = asked.store.read(asked.record_path)
    assert record.cost["iterations"] == 200
    assert record.cost["peak_memory_bytes"] >= record.cost["training_memory_bytes"] > 1e8
    assert record.cost["test_seconds"] > 0
    assert record.device.startswith("CPU")
    assert set(record.provenance) >= {"commit", "dirty", "packages", "command", "started", "finished", "host"}
    assert record.arrays["weights/layer_0/kernel"].shape == (3, 40)


def test_a_processor_takes_tasks_in_groups_and_a_gpu_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = CATALOGUE["omniglot/maml-5-way-1-shot"]
    assert worker._groups(experiment) == experiment.runtime.groups > 1
    monkeypatch.setattr(worker, "gpus", lambda: ["a GPU"])
    assert worker._groups(experiment) == 1


def test_a_run_is_measured_in_the_groups_of_its_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure(*arguments: Any) -> None:
        asked.append(arguments[-1])
        raise BenchmarkError("that was all")

    monkeypatch.setattr(worker, "_groups", lambda experiment: {"sinusoid/oracle": 3}[experiment.id])
    monkeypatch.setattr(worker, "measure", measure)
    (event,) = told(job(tmp_path))
    assert "that was all" in str(event["message"])
    assert asked == [3]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_run_that_goes_on_tells_whose_code_made_it(tmp_path: Path, overwrite: bool) -> None:
    asked = job(tmp_path, overwrite=overwrite)
    asked.checkpoint_path.with_suffix(".tests").mkdir(parents=True)
    other = {"commit": "b" * 40, "dirty": True, "started": "2026-01-01T00:00:00+00:00"}
    Sessions.beside(asked.checkpoint_path).begin(other, resumed=False)
    told(asked)
    told_of = asked.store.read(asked.record_path).provenance
    if overwrite:  # what is to be compared with the record that is there begins anew
        assert "sessions" not in told_of
        assert told_of["started"] > other["started"]
    else:
        first, second = told_of["sessions"]
        assert first == other
        assert (second["commit"], told_of["dirty"], told_of["started"]) == (told_of["commit"], True, other["started"])
    assert not list(asked.checkpoint_path.parent.iterdir())


def test_the_checksum_of_data_is_that_of_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []

    def prepare(data_set: Any, progress: Any) -> None:
        prepared.append(data_set.name)
        progress("omniglot", 1, 2)

    found = Row(name="omniglot", state=State.FOUND, how="")
    monkeypatch.setattr("benchmarks.running.worker.inventory.inspect", lambda _: found)
    monkeypatch.setattr("benchmarks.running.worker.inventory.prepare", prepare)
    events = io.StringIO()
    assert worker.Worker(events)._checksum("omniglot") == checksum("omniglot")
    assert prepared == ["omniglot"]
    assert json.loads(events.getvalue()) == {"event": "progress", "done": 1, "total": 2, "note": "decoding omniglot"}


def test_a_record_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    asked = job(tmp_path)
    told(asked)
    before = asked.record_path.read_bytes()
    (last,) = told(asked)[-1:]
    assert last["event"] == "failed"
    assert "--overwrite" in str(last["message"])
    assert asked.record_path.read_bytes() == before


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    (event,) = told(job(tmp_path, device="gpu"))
    assert event["event"] == "failed"
    assert "device 'gpu' is not there; choose from auto, cpu" in str(event["message"])


def test_missing_data_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    (event,) = told(job(tmp_path, experiment="omniglot/no-conv-5-way-1-shot"))
    assert event["event"] == "data missing"
    assert "MAML_TF_DATA" in str(event["message"])


def test_an_unforeseen_error_is_told_with_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(worker, "measure", broken)
    (event,) = told(job(tmp_path))
    assert event == {"event": "failed", "message": "ZeroDivisionError: by nought"}
