"""Local processes: no job is lost, and each experiment has a process of its own."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.running import local_processes
from benchmarks.running.executor import Event
from benchmarks.running.job import Job
from benchmarks.running.local_processes import LocalProcesses
from tests.benchmarks.running.example_job import example_job

DONE = Event(kind="done", path="x.json")
Start = Callable[..., "FakeChild"]


class FakeChild:
    """Answers each job with one event; ends when there are no more."""

    def __init__(self, answers: Sequence[Event]) -> None:
        self.answers = iter(answers)
        self.running, self.terminated = True, 0

    def send(self, message: Any) -> None:
        assert Job.from_json(message)

    def receive(self) -> Any:
        for event in self.answers:
            return event.to_json()
        raise BenchmarkError("the process ended with status 1", 1)

    def close(self) -> None:
        self.running = False

    def terminate(self) -> None:
        self.terminated += 1


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[[Start], None]:
    """Replaces child processes by `FakeChild`."""
    return lambda make: monkeypatch.setattr(local_processes, "Child", make)


def run(jobs: list[Job], logs: Path) -> list[tuple[Job, Event]]:
    """Runs jobs and returns all events except "started"."""
    events: list[tuple[Job, Event]] = []
    LocalProcesses(1, logs).run(jobs, lambda job, event: events.append((job, event)))
    return [(job, event) for job, event in events if event.kind != "started"]


def test_a_process_that_cannot_be_started_fails_its_job_and_no_other(
    tmp_path: Path, start: Callable[[Start], None]
) -> None:
    children = iter([FakeChild([DONE])])

    def make(*_: object, **__: object) -> FakeChild:
        if (child := next(children, None)) is None:
            raise OSError(28, "No space left on device")
        return child

    start(make)
    jobs = [example_job(), example_job(experiment="sinusoid/maml"), example_job(experiment="sinusoid/pretrained")]
    first, *others = run(jobs, tmp_path)
    assert first == (jobs[0], DONE)
    for job, (failed, event) in zip(jobs[1:], others, strict=True):
        assert failed == job
        assert event == Event(kind="failed", message="OSError: [Errno 28] No space left on device")


def test_seeds_share_a_process_and_experiments_do_not(tmp_path: Path, start: Callable[[Start], None]) -> None:
    made: list[FakeChild] = []

    def make(*_: object, **__: object) -> FakeChild:
        made.append(FakeChild([DONE, DONE]))
        return made[-1]

    start(make)
    assert len(run([example_job(), example_job(seed=1), example_job(experiment="sinusoid/maml")], tmp_path)) == 3
    assert len(made) == 2


def test_a_process_that_ends_is_reported_with_its_status(tmp_path: Path, start: Callable[[Start], None]) -> None:
    start(lambda *_, **__: FakeChild([]))
    ((_, event),) = run([example_job()], tmp_path)
    assert event == Event(kind="failed", message="the process ended with status 1")


def test_after_an_interrupted_job_the_next_has_a_new_process(tmp_path: Path, start: Callable[[Start], None]) -> None:
    interrupted = Event(kind="interrupted")
    children = iter([FakeChild([interrupted]), FakeChild([DONE])])
    start(lambda *_, **__: next(children))
    assert [event for _, event in run([example_job(), example_job(seed=1)], tmp_path)] == [interrupted, DONE]


def test_threads_and_gpus_are_those_of_the_job(tmp_path: Path, start: Callable[[Start], None]) -> None:
    environments = []

    def make(*_: object, environment: dict[str, str], log: Path) -> FakeChild:
        environments.append((environment["TF_ENABLE_ONEDNN_OPTS"], environment.get("CUDA_VISIBLE_DEVICES"), log.name))
        return FakeChild([DONE])

    start(make)
    run([example_job(operations="large", device="auto"), example_job(operations="tiny")], tmp_path)
    assert environments == [("1", None, "worker-0.log"), ("0", "", "worker-0.log")]


class Saving(FakeChild):
    """Runs until it is interrupted, and then takes some time to save the state."""

    def __init__(self) -> None:
        super().__init__([])
        self.answers = self._run()
        self.stop, self.saved = threading.Event(), False

    def _run(self) -> Iterator[Event]:
        yield Event(kind="progress", completed=1, total=2)
        assert self.stop.wait(60)
        time.sleep(1)
        self.saved = True
        yield Event(kind="interrupted")

    def terminate(self) -> None:
        super().terminate()
        self.stop.set()


@pytest.fixture
def _ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt(_: Job, event: Event) -> None:
    if event.kind == "progress":
        time.sleep(0.5)  # until the main thread waits
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("_ctrl_c")
def test_an_interrupt_ends_after_the_states_are_saved(tmp_path: Path, start: Callable[[Start], None]) -> None:
    child = Saving()
    start(lambda *_, **__: child)
    with pytest.raises(KeyboardInterrupt):
        LocalProcesses(1, tmp_path).run([example_job()], interrupt)
    assert child.terminated == 1
    assert child.saved


@pytest.mark.usefixtures("_ctrl_c")
def test_a_process_that_starts_after_an_interrupt_is_interrupted_too(
    tmp_path: Path, start: Callable[[Start], None]
) -> None:
    child, events = FakeChild([]), []

    def make(*_: object, **__: object) -> FakeChild:
        time.sleep(0.5)  # until the main thread waits
        os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C, after the job was taken
        time.sleep(1)
        return child

    start(make)
    with pytest.raises(KeyboardInterrupt):
        LocalProcesses(1, tmp_path).run([example_job()], lambda _, event: events.append(event.kind))
    assert child.terminated == 1
    assert events == ["started", "interrupted"]
