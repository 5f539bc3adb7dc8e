"""Pools: no job is lost, and each experiment has a process of its own."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.running import pool
from benchmarks.running.job import Job


def job(experiment: str = "sinusoid/oracle", seed: int = 0) -> Job:
    return Job(experiment=experiment, scale="smoke", reading="code", seed=seed, device="cpu", out="runs")


class Process:
    """Answers each line with one event."""

    def __init__(self, answers: list[str]) -> None:
        self.pid, self.terminated = id(self), 0
        self.stdin = self
        self.stdout = iter(answers)

    def write(self, line: str) -> None:
        if not line:
            raise BrokenPipeError

    def flush(self) -> None:
        pass

    close = flush

    def poll(self) -> None:
        return None

    def wait(self) -> int:
        return 1

    def terminate(self) -> None:
        self.terminated += 1


DONE = '{"event": "done", "path": "x.json"}'


def told(jobs: list[Job], tmp_path: Path) -> list[tuple[Job, dict[str, Any]]]:
    events: list[tuple[Job, dict[str, Any]]] = []
    pool.Pool(jobs, 1, tmp_path, lambda *event: events.append(event)).run()
    return [(each, event) for each, event in events if event["event"] != "started"]


def test_a_process_that_cannot_be_started_fails_its_job_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = iter([Process([DONE])])

    def spawn(*_: object) -> Process:
        if (process := next(processes, None)) is None:
            raise OSError(28, "No space left on device")
        return process

    monkeypatch.setattr(pool, "_spawn", spawn)
    jobs = [job(), job("sinusoid/maml"), job("sinusoid/pretrained")]
    first, second, third = told(jobs, tmp_path)
    assert first == (jobs[0], {"event": "done", "path": "x.json"})
    for each, (asked, event) in zip(jobs[1:], (second, third), strict=True):
        assert asked == each
        assert event["event"] == "failed"
        assert "No space left on device" in event["message"]


def test_seeds_share_a_process_and_experiments_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def spawn(*_: object) -> Process:
        made.append(Process([DONE, DONE]))
        return made[-1]

    monkeypatch.setattr(pool, "_spawn", spawn)
    assert len(told([job(), job(seed=1), job("sinusoid/maml")], tmp_path)) == 3
    assert len(made) == 2


def test_an_end_without_a_word_is_told_with_its_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_spawn", lambda *_: Process([]))
    ((_, event),) = told([job()], tmp_path)
    assert event["event"] == "failed"
    assert "the worker ended with status 1" in event["message"]


def test_a_process_that_starts_after_an_interrupt_is_interrupted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    one = pool.Pool([job()], 1, tmp_path, lambda _, event: events.append(event["event"]))
    process = Process([])

    def spawn(*_: object) -> Process:
        one._stopped.set()  # Ctrl-C, after the job was taken
        return process

    monkeypatch.setattr(pool, "_spawn", spawn)
    one.run()
    assert process.terminated == 1
    assert events == ["started", "interrupted"]


class Saving(Process):
    """Makes a run until it is interrupted, and then takes its time to save the state."""

    def __init__(self) -> None:
        super().__init__([])
        self.stdout = self._run()
        self.saves, self.saved = threading.Event(), False

    def _run(self) -> Iterator[str]:
        yield '{"event": "progress", "done": 1, "total": 2, "note": ""}'
        assert self.saves.wait(60)
        time.sleep(1)
        self.saved = True
        yield '{"event": "interrupted", "message": ""}'

    def terminate(self) -> None:
        super().terminate()
        self.saves.set()


def test_an_interrupted_pool_ends_after_the_states_are_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = Saving()
    monkeypatch.setattr(pool, "_spawn", lambda *_: process)

    def listen(_: Job, event: dict[str, Any]) -> None:
        if event["event"] == "progress":
            time.sleep(0.5)  # until the pool waits
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            pool.Pool([job()], 1, tmp_path, listen).run()
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.terminated == 1
    assert process.saved
