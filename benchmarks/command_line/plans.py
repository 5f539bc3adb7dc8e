"""The plan that `run` prints instead of running everything unasked."""

from collections.abc import Mapping, Sequence

from benchmarks.running.job import Job
from benchmarks.running.time_left import in_words


def print_plan(jobs: Sequence[Job], absent: Mapping[str, str]) -> None:
    """Prints one line for each experiment, and the number of runs and the predicted time of all of them.

    Args:
        jobs: The jobs.
        absent: Experiments whose data or optional packages are missing, and which of them.
    """
    by_experiment: dict[str, list[Job]] = {}
    for job in jobs:
        by_experiment.setdefault(job.experiment, []).append(job)
    width = max(map(len, by_experiment), default=0)
    due: list[Job] = []
    for experiment, group in by_experiment.items():
        new = [job for job in group if job.overwrite or not job.record_path.exists()]
        if experiment in absent:
            what = f"missing: {absent[experiment]}"
        else:
            due += new
            what = f"{in_words(60 * sum(job.minutes for job in new)):>8}" if new else "already there"
        print(f"{experiment:<{width}}  {len(group):>3} run{'s'[: len(group) > 1]:<1}  {what}")
    print(
        f"{len(due)} of {len(jobs)} runs are to be made; together about "
        f"{in_words(60 * sum(job.minutes for job in due))} on two cores"
    )
