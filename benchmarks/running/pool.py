"""Worker processes, several side by side."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.running import launch
from benchmarks.running.job import Job

Listener = Callable[[Job, dict[str, Any]], None]
Kind = tuple[str, ...]
_FINAL = ("done", "failed", "data missing", "interrupted")


class Pool:
    """Makes jobs in worker processes and passes on what they tell.

    TensorFlow's threads and kernels are chosen when a process starts, and its memory is told process by process,
    which is why experiments are run in processes of their own; the seeds of one share a process.
    """

    def __init__(self, jobs: Sequence[Job], slots: int, logs: Path, listener: Listener) -> None:
        """Prepares `slots` workers, which write what libraries print to files in `logs`."""
        self._queue: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in sorted(jobs, key=lambda job: CATALOGUE[job.experiment].runtime.operations == "tiny"):
            self._queue.put(job)
        self._logs = logs
        self._listener = listener
        self._slots = max(1, min(slots, len(jobs)))
        self._processes: list[subprocess.Popen[str] | None] = [None] * self._slots
        self._stopped = threading.Event()

    def run(self) -> None:
        """Makes all jobs; on Ctrl-C tells the workers to save their state, waits for that, and re-raises."""
        self._logs.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(self._slots) as executor:  # at its end waits for all of them, whatever comes
            try:
                serving = [executor.submit(self._serve, slot) for slot in range(self._slots)]
                # Not `Thread.join`: up to Python 3.12 Ctrl-C in there makes a thread count as ended (gh-90882).
                while wait(serving, timeout=0.2).not_done:  # with a timeout, so that Ctrl-C is heard
                    pass
            except KeyboardInterrupt:
                self._interrupt()
                raise
        for each in serving:
            each.result()  # raises what ended the serving, if anything did

    def _interrupt(self) -> None:
        self._stopped.set()
        for process in self._processes:
            if process and process.poll() is None:
                process.terminate()

    def _serve(self, slot: int) -> None:
        log = self._logs / f"worker-{slot}.log"
        kind: Kind | None = None
        for job in self._jobs():
            self._listener(job, {"event": "started"})
            try:
                if self._kind(job) != kind or self._is_down(slot):
                    self._start(slot, job, log)
                    kind = self._kind(job)
                for event in self._make(slot, job, log):
                    self._listener(job, event)
            except Exception as error:  # a thread that ended here would take all further jobs with it
                kind = None
                self._listener(job, {"event": "failed", "message": f"{type(error).__name__}: {error}"})
        self._close(slot)

    def _jobs(self) -> Iterator[Job]:
        while not self._stopped.is_set():
            try:
                yield self._queue.get_nowait()
            except queue.Empty:
                return

    def _make(self, slot: int, job: Job, log: Path) -> Iterator[dict[str, Any]]:
        process = self._processes[slot]
        assert process
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(job.to_json() + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            yield self._ended(f"did not start; see {log}")
            return
        for line in process.stdout:
            event = json.loads(line)
            yield event
            if event["event"] in _FINAL:
                return
        yield self._ended(f"ended with status {process.wait()}; see {log}")

    def _ended(self, how: str) -> dict[str, Any]:
        if self._stopped.is_set():
            return {"event": "interrupted", "message": "interrupted"}
        return {"event": "failed", "message": f"the worker {how}"}

    @staticmethod
    def _kind(job: Job) -> Kind:
        """What the jobs of one process have in common; seeds are all that they may differ in.

        What a process keeps of one experiment would count as memory that the next one needs.
        """
        return job.experiment, job.scale, job.reading, job.device

    def _start(self, slot: int, job: Job, log: Path) -> None:
        self._close(slot)
        process = _spawn(self._environment(job), log)
        self._processes[slot] = process
        if self._stopped.is_set():  # Ctrl-C came before there was a process to pass it on to
            process.terminate()

    def _environment(self, job: Job) -> dict[str, str]:
        """Environment variables that a worker for this job starts with."""
        share = max(1, len(os.sched_getaffinity(0)) // self._slots)
        hidden = {"CUDA_VISIBLE_DEVICES": ""} if job.device == "cpu" else {}
        return launch.environment(CATALOGUE[job.experiment].runtime.operations, share) | hidden

    def _is_down(self, slot: int) -> bool:
        process = self._processes[slot]
        return process is None or process.poll() is not None

    def _close(self, slot: int) -> None:
        process = self._processes[slot]
        if process is not None and process.stdin:
            with contextlib.suppress(BrokenPipeError):  # it has ended already
                process.stdin.close()
            process.wait()


def _spawn(start: dict[str, str], log: Path) -> subprocess.Popen[str]:
    with log.open("a") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "benchmarks.running.worker"],
            env=os.environ | start,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C reaches this process alone, which passes it on once
        )
