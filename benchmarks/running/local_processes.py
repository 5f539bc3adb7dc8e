"""Runs jobs in worker processes on this machine, several side by side."""

import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from benchmarks.cores import available_cores
from benchmarks.errors import BenchmarkError
from benchmarks.running import launch
from benchmarks.running.child import Child
from benchmarks.running.executor import Event, Kind, Listener
from benchmarks.running.job import Job


class LocalProcesses:
    """The executor of this machine.

    Threads and kernels of TensorFlow are chosen when a process starts, and peak memory is measured for a whole
    process. Experiments therefore run in separate processes; the seeds of an experiment share one.
    """

    def __init__(self, count: int, logs: Path) -> None:
        """Prepares an executor.

        Args:
            count: Number of worker processes that run at the same time.
            logs: Folder for the log files of the worker processes.
        """
        self._count = count
        self._logs = logs

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Runs all jobs; on Ctrl-C, makes the workers save their state, waits for that, and re-raises."""
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BenchmarkError(f"cannot write to {self._logs}: {error.strerror}") from None
        _Session(jobs, max(1, min(self._count, len(jobs))), self._logs, listener).run()


class _Session:
    """One call of `LocalProcesses.run`: a thread for each worker process takes jobs from a shared queue."""

    def __init__(self, jobs: Sequence[Job], count: int, logs: Path, listener: Listener) -> None:
        self._queue: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in sorted(jobs, key=lambda job: job.operations == "tiny"):  # long jobs first, to end together
            self._queue.put(job)
        self._logs = logs
        self._listener = listener
        self._workers: list[Child | None] = [None] * count
        self._stopped = threading.Event()

    def run(self) -> None:
        with ThreadPoolExecutor(len(self._workers)) as executor:  # waits for all threads, even after an exception
            try:
                threads = [executor.submit(self._run_jobs, slot) for slot in range(len(self._workers))]
                # Not `Thread.join`: up to Python 3.12, Ctrl-C in there marks a thread as ended (gh-90882).
                while wait(threads, timeout=0.2).not_done:  # with a timeout, so that Ctrl-C is noticed
                    pass
            except KeyboardInterrupt:
                self._interrupt()
                raise
        for thread in threads:
            thread.result()  # raises the exception that ended the thread, if any

    def _interrupt(self) -> None:
        self._stopped.set()
        for worker in self._workers:
            if worker and worker.running:
                worker.terminate()

    def _run_jobs(self, slot: int) -> None:
        group: tuple[str, ...] | None = None
        for job in self._jobs():
            self._listener(job, Event(kind="started"))
            try:
                worker = self._workers[slot]
                if worker is None or job.group != group or not worker.running:
                    worker = self._start(slot, job)
                    group = job.group
                if self._run_job(worker, job) == "interrupted":
                    group = None  # the worker is about to end
            except Exception as error:  # one failed job must not end this thread, which has others to run
                group = None
                message = str(error) if isinstance(error, BenchmarkError) else f"{type(error).__name__}: {error}"
                self._listener(job, Event(kind="failed", message=message))
        self._close(slot)

    def _jobs(self) -> Iterator[Job]:
        while not self._stopped.is_set():
            try:
                yield self._queue.get_nowait()
            except queue.Empty:
                return

    def _run_job(self, worker: Child, job: Job) -> Kind:
        """Runs a job and returns the kind of its last event."""
        worker.send(job.to_json())
        while True:
            try:
                event = Event.from_json(worker.receive())
            except BenchmarkError:  # the process ended
                if not self._stopped.is_set():
                    raise
                event = Event(kind="interrupted", message="interrupted")
            self._listener(job, event)
            if event.is_last:
                return event.kind

    def _start(self, slot: int, job: Job) -> Child:
        self._close(slot)
        environment = launch.environment(job.operations, max(1, available_cores() // len(self._workers)), job.device)
        log = self._logs / f"worker-{slot}.log"
        worker = Child("benchmarks.running.worker", environment=environment, log=log)
        self._workers[slot] = worker
        if self._stopped.is_set():  # Ctrl-C came before there was a process to terminate
            worker.terminate()
        return worker

    def _close(self, slot: int) -> None:
        if worker := self._workers[slot]:
            worker.close()
