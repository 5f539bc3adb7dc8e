"""The executor interface: events survive serialisation, and another executor needs public names only."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.running import launch, runner
from benchmarks.running.executor import Event, Executor, Listener
from benchmarks.running.job import Job
from tests.benchmarks.running.example_job import example_job


class OneAfterAnother:
    """Runs each job by the worker's command line, as a job array of a batch system would."""

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        for job in jobs:
            listener(job, Event(kind="started"))
            worker = subprocess.run(
                [sys.executable, "-m", "benchmarks.running.worker"],
                input=json.dumps(job.to_json()),
                env=os.environ | launch.environment(job.operations, 1, job.device),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            for line in worker.stdout.splitlines():
                listener(job, Event.from_json(json.loads(line)))


def test_another_executor_writes_the_same_records(tmp_path: Path) -> None:
    executor: Executor = OneAfterAnother()
    job = example_job(out=str(tmp_path / "other"))
    assert runner.run([job], None, quiet=True, executor=executor).done == [job.record_path]
    local = example_job(out=str(tmp_path / "local"))
    assert runner.run([local], 1, quiet=True).done == [local.record_path]
    one, two = job.store.read(job.record_path), local.store.read(local.record_path)
    assert one.metrics == two.metrics
    assert all(one.arrays[name].tobytes() == two.arrays[name].tobytes() for name in two.arrays)


def test_a_job_with_another_definition_is_refused_by_the_worker(tmp_path: Path) -> None:
    job = example_job(out=str(tmp_path), definition="0" * 12)
    (message,) = runner.run([job], None, quiet=True, executor=OneAfterAnother()).failed
    assert "the job has definition '000000000000', but the worker's catalogue" in message
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    "event", [Event(kind="progress", completed=1, total=2, message="loss 1"), Event(kind="done", path="x.json")]
)
def test_an_event_survives_serialisation(event: Event) -> None:
    assert Event.from_json(json.loads(json.dumps(event.to_json()))) == event
    assert event.is_last == (event.kind == "done")
