"""A worker process: reads jobs as lines of JSON, writes events as lines of JSON, and the record to the job's folder."""

import contextlib
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.data import inventory
from benchmarks.declaring.experiment import Experiment
from benchmarks.errors import BenchmarkError
from benchmarks.records import provenance
from benchmarks.records.record import Record
from benchmarks.records.store import Failure, FailureNotes, How
from benchmarks.running import launch, signals
from benchmarks.running.child import serve
from benchmarks.running.executor import Event
from benchmarks.running.job import Job
from benchmarks.running.measure import measure
from benchmarks.running.unfinished import ProcessLog, UnfinishedRun


class Worker:
    """Runs one job after another and reports events."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        """Calls `report` with each event."""
        self._report = report
        # Read once: changes and commits made later are not in the code that this process has loaded.
        self._code = {"commit": provenance.commit(), "dirty": provenance.is_dirty()}

    def run(self, job: Job) -> None:
        """Runs a job. Any error becomes an event."""
        import maml_tf

        try:
            lock = job.store.lock(**job.key)
            with lock, signals.before_forced_end(job.record_path.with_suffix(".lock").unlink):
                # Another command may have made the record while this job waited.
                path = job.record_path if job.is_recorded() else self._run(job)
            self._report(Event(kind="done", path=str(path)))
        except maml_tf.datasets.DatasetMissing as error:
            self._report(Event(kind="data missing", message=str(error)))
        except BenchmarkError as error:  # a mistake of the user, or another process makes the same record
            self._report(Event(kind="failed", message=str(error)))
        except maml_tf.Diverged as error:
            self._fail(job, "diverged", str(error))
        except maml_tf.MAMLError as error:
            self._fail(job, "failed", str(error))
        except KeyboardInterrupt:
            self._report(Event(kind="interrupted", message="interrupted"))
            raise
        except Exception as error:
            traceback.print_exc()
            self._fail(job, "failed", f"{type(error).__name__}: {error}")

    def _fail(self, job: Job, how: How, message: str) -> None:
        failure = Failure(**job.key, how=how, message=message, definition=job.definition, when=_now())
        with contextlib.suppress(BenchmarkError):  # if the folder cannot be written, the message says so
            FailureNotes(job.store.folder).keep(failure)
        self._report(Event(kind="failed", message=message))

    def _run(self, job: Job) -> Path:
        experiment = _experiment(job)
        if job.device == "gpu" and not launch.gpus():
            raise BenchmarkError("device 'gpu' is not available; choose from auto, cpu")
        settings = experiment.settings(job.scale, job.reading)
        data = {name: self._checksum(name) for name in experiment.needs}
        xla = launch.compiles_training(settings)
        groups = None if launch.gpus() else experiment.runtime.groups
        training = experiment.training_definition(job.scale, job.reading)
        unfinished = UnfinishedRun(checkpoint=job.checkpoint_path, run=f"{training} seed {job.seed}")
        started = {"started": _now(), "groups": launch.in_groups(settings, groups).get("groups", 1), "xla": xla}
        # A record that replaces another is compared with it, which makes sense for a single version of the code only.
        facts = {**self._code, "python": sys.version.split()[0], "packages": provenance.packages()}
        unfinished.begin({**facts, **launch.facts(), **started}, one_code=job.overwrite)
        measured = measure(experiment, settings, job.seed, unfinished, self._progress, groups, xla)
        record = Record(
            experiment=job.experiment,
            definition=job.definition,
            settings=settings,
            scale=job.scale,
            reading=job.reading,
            seed=job.seed,
            metrics=measured.metrics,
            cost=measured.cost,
            device=launch.device(),
            status="complete",
            provenance={**_provenance(job, unfinished.processes), "data": data, "chosen": measured.chosen},
        )
        path = job.store.write(record, measured.arrays, overwrite=job.overwrite)
        unfinished.discard()
        FailureNotes(job.store.folder).remove(**job.key)
        return path

    def _checksum(self, name: str) -> str:
        """Returns the checksum of a data set, which is decoded first if necessary."""
        from maml_tf.datasets import checksum

        data_set = CATALOGUE.data_sets[name]
        if inventory.inspect(data_set).state == inventory.State.FOUND:
            inventory.prepare(data_set, lambda part, done, total: self._progress(done, total, f"decoding {part}"))
        return checksum(name)

    def _progress(self, completed: int, total: int, note: str) -> None:
        self._report(Event(kind="progress", completed=completed, total=total, message=note))


def _experiment(job: Job) -> Experiment:
    """Returns the experiment of a job, whose definition must equal the one in this worker's catalogue."""
    if job.experiment not in CATALOGUE:
        raise BenchmarkError(f"no experiment {job.experiment!r} in the worker's catalogue")
    experiment = CATALOGUE[job.experiment]
    definition = experiment.definition(job.scale, job.reading)
    if definition != job.definition:
        raise BenchmarkError(
            f"the job has definition {job.definition!r}, but the worker's catalogue {definition!r}; use the same code"
        )
    return experiment


def _provenance(job: Job, log: ProcessLog) -> dict[str, Any]:
    processes = log.entries()
    return {
        "commit": processes[-1]["commit"],
        "dirty": any(process["dirty"] for process in processes),
        "python": sys.version.split()[0],
        "packages": provenance.packages(),
        "command": job.command,
        "host": provenance.host(),
        "started": next(process["started"] for process in processes if "started" in process),
        "finished": _now(),
        "processes": processes,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def main() -> None:
    """Runs the jobs of standard input until it ends.

    On SIGTERM or SIGUSR1, or if the parent ends, it saves the state of the current run first.
    """
    signals.stop_on_signals()
    jobs, answer = serve()
    try:
        launch.start_tensorflow()
        worker = Worker(lambda event: answer(event.to_json()))
        for job in jobs:
            worker.run(Job.from_json(job))
    except KeyboardInterrupt as interrupt:
        sys.exit(signals.exit_status(interrupt))


if __name__ == "__main__":
    main()
