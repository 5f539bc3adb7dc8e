"""A process that makes runs: jobs come in as lines of JSON, events go out as lines of JSON."""

import contextlib
import json
import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from benchmarks.catalogue import CATALOGUE
from benchmarks.data import inventory
from benchmarks.errors import BenchmarkError
from benchmarks.experiment import Experiment
from benchmarks.records import provenance
from benchmarks.records.failures import Failure, FailureNotes, How
from benchmarks.records.record import Record
from benchmarks.running.job import Job
from benchmarks.running.launch import gpus, start_tensorflow
from benchmarks.running.measure import measure
from benchmarks.running.sessions import Sessions
from benchmarks.running.unfinished import UnfinishedRun


class Worker:
    """Makes one run after another and tells how each goes."""

    def __init__(self, events: TextIO) -> None:
        """Writes events to `events`."""
        self._events = events
        # Asked for now: what is changed or committed later is not what this process has loaded.
        self._code = {"commit": provenance.commit(), "dirty": provenance.is_dirty()}

    def make(self, job: Job) -> None:
        """Makes a run; whatever goes wrong becomes an event."""
        import maml_tf

        try:
            with job.store.lock(**job.key):
                path = self._run(job)
            self._tell("done", path=str(path))
        except maml_tf.datasets.DatasetMissing as error:
            self._tell("data missing", message=str(error))
        except BenchmarkError as error:  # the run was not asked for rightly, or another one is at it
            self._tell("failed", message=str(error))
        except maml_tf.Diverged as error:
            self._fail(job, "diverged", str(error))
        except maml_tf.MAMLError as error:
            self._fail(job, "failed", str(error))
        except KeyboardInterrupt:
            self._tell("interrupted", message="interrupted")
            raise
        except Exception as error:
            traceback.print_exc()
            self._fail(job, "failed", f"{type(error).__name__}: {error}")

    def _fail(self, job: Job, how: How, message: str) -> None:
        definition = CATALOGUE[job.experiment].definition(job.scale, job.reading)
        failure = Failure(**job.key, how=how, message=message, definition=definition, when=_now())
        with contextlib.suppress(BenchmarkError):  # where nothing can be written, that is what the message says
            FailureNotes(job.store.folder).keep(failure)
        self._tell("failed", message=message)

    def _run(self, job: Job) -> Any:
        if job.device == "gpu" and not gpus():
            raise BenchmarkError("device 'gpu' is not there; choose from auto, cpu")
        experiment = CATALOGUE[job.experiment]
        settings = experiment.settings(job.scale, job.reading)
        data = {name: self._checksum(name) for name in experiment.needs}
        training = experiment.training_definition(job.scale, job.reading)
        unfinished = UnfinishedRun(checkpoint=job.checkpoint_path, run=f"{training} seed {job.seed}")
        # A record that replaces another is compared with it: two codes in one would tell nothing.
        unfinished.begin({**self._code, "device": _device(), "started": _now()}, one_code=job.overwrite)
        measured = measure(settings, job.seed, unfinished, self._progress, _groups(experiment))
        record = Record(
            experiment=job.experiment,
            definition=experiment.definition(job.scale, job.reading),
            settings=settings,
            scale=job.scale,
            reading=job.reading,
            seed=job.seed,
            metrics=measured.metrics,
            cost=measured.cost,
            device=_device(),
            status="complete",
            provenance={**_provenance(job, unfinished.sessions), "data": data, "chosen": measured.chosen},
        )
        path = job.store.write(record, measured.arrays, overwrite=job.overwrite)
        unfinished.discard()
        FailureNotes(job.store.folder).remove(**job.key)
        return path

    def _checksum(self, name: str) -> str:
        """That of a data set, all of which is decoded first: of what is not, there is none."""
        from maml_tf.datasets import checksum

        (data_set,) = inventory.choose([name])
        if inventory.inspect(data_set).state == inventory.State.FOUND:
            inventory.prepare(data_set, lambda what, done, total: self._progress(done, total, f"decoding {what}"))
        return checksum(name)

    def _progress(self, done: int, total: int, note: str) -> None:
        self._tell("progress", done=done, total=total, note=note)

    def _tell(self, event: str, **more: Any) -> None:
        print(json.dumps({"event": event, **more}), file=self._events, flush=True)


def _provenance(job: Job, sessions: Sessions) -> dict[str, Any]:
    *earlier, present = sessions.all()
    told = {
        "commit": present["commit"],
        "dirty": any(each["dirty"] for each in [*earlier, present]),
        "python": sys.version.split()[0],
        "packages": provenance.packages(),
        "command": job.command,
        "host": provenance.host(),
        "started": next(each["started"] for each in [*earlier, present] if "started" in each),
        "finished": _now(),
    }
    return told | ({"sessions": [*earlier, present]} if earlier else {})


def _groups(experiment: Experiment) -> int:
    return 1 if gpus() else experiment.runtime.groups  # a GPU has one queue and likes large operations best


def _device() -> str:
    import tensorflow as tf

    if found := gpus():
        return f"GPU {tf.config.experimental.get_device_details(found[0]).get('device_name', '')}".strip()
    return f"CPU {provenance.host()['processor']}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def main() -> None:
    """Makes the jobs of standard input, until it ends; when it is terminated, saves its state before."""
    # By this signal and not that of Ctrl-C, which a shell's background processes ignore.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Whatever else prints to standard output (a library, say) must not mix with the events.
    events = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        start_tensorflow()
        worker = Worker(events)
        for line in sys.stdin:
            worker.make(Job.from_json(line))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
