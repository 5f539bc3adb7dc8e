"""A process that makes runs: jobs come in as lines of JSON, events go out as lines of JSON."""

import json
import os
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from benchmarks.catalogue import CATALOGUE
from benchmarks.errors import BenchmarkError
from benchmarks.records import provenance
from benchmarks.records.record import Record
from benchmarks.running.finished_tests import FinishedTests
from benchmarks.running.job import Job
from benchmarks.running.launch import gpus, start_tensorflow
from benchmarks.running.measure import measure


class Worker:
    """Makes one run after another and tells how each goes."""

    def __init__(self, events: TextIO) -> None:
        """Writes events to `events`."""
        self._events = events

    def make(self, job: Job) -> None:
        """Makes a run; whatever goes wrong becomes an event."""
        import maml_tf

        try:
            with job.store.lock(job.experiment, job.scale, job.reading, job.seed):
                path = self._run(job)
            self._tell("done", path=str(path))
        except maml_tf.datasets.DatasetMissing as error:
            self._tell("data missing", message=str(error))
        except (
            BenchmarkError,
            maml_tf.CheckpointError,
            maml_tf.datasets.DatasetError,
            maml_tf.Diverged,
        ) as error:
            self._tell("failed", message=f"{job.name}: {error}")
        except KeyboardInterrupt:
            self._tell("interrupted", message=job.name)
            raise
        except Exception as error:
            traceback.print_exc()
            self._tell("failed", message=f"{job.name}: {type(error).__name__}: {error}")

    def _run(self, job: Job) -> Any:
        if job.device == "gpu" and not gpus():
            raise BenchmarkError("device 'gpu' is not there; choose from auto, cpu")
        experiment = CATALOGUE[job.experiment]
        settings = experiment.settings(job.scale, job.reading)
        definition = experiment.definition(job.scale, job.reading)
        run = f"{experiment.training_definition(job.scale, job.reading)} seed {job.seed}"
        before, started = _provenance(job), _now()
        measured = measure(
            settings,
            job.seed,
            job.checkpoint_path,
            run,
            lambda done, total, note: self._tell("progress", done=done, total=total, note=note),
        )
        record = Record(
            experiment=job.experiment,
            definition=definition,
            settings=settings,
            scale=job.scale,
            reading=job.reading,
            seed=job.seed,
            metrics=measured.metrics,
            cost=measured.cost,
            device=_device(),
            status="complete",
            provenance=before | {"chosen": measured.chosen, "started": started, "finished": _now()},
        )
        path = job.store.write(record, measured.arrays, overwrite=job.overwrite)
        job.checkpoint_path.unlink(missing_ok=True)
        FinishedTests.beside(job.checkpoint_path, run).discard()
        return path

    def _tell(self, event: str, **more: Any) -> None:
        print(json.dumps({"event": event, **more}), file=self._events, flush=True)


def _provenance(job: Job) -> dict[str, Any]:
    return {
        "commit": provenance.commit(),
        "dirty": provenance.is_dirty(),
        "python": sys.version.split()[0],
        "packages": provenance.packages(),
        "data": _data_checksums(job),
        "command": job.command,
        "host": provenance.host(),
    }


def _data_checksums(job: Job) -> dict[str, str]:
    from maml_tf.datasets import checksum

    return {name: checksum(name) for name in CATALOGUE[job.experiment].needs}


def _device() -> str:
    import tensorflow as tf

    if found := gpus():
        return f"GPU {tf.config.experimental.get_device_details(found[0]).get('device_name', '')}".strip()
    return f"CPU {provenance.host()['processor']}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def main() -> None:
    """Makes the jobs of standard input, until it ends."""
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
