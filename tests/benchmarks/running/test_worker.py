import io
import json
from pathlib import Path

import pytest

from benchmarks.running import worker
from benchmarks.running.job import Job


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
    assert event == {"event": "failed", "message": f"{job(tmp_path).name}: ZeroDivisionError: by nought"}
