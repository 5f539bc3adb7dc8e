"""What `run` and `check` say about data before they start any process: missing data sets, and a useless cache."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.data.inventory import State, cache_problem, inspect
from benchmarks.declaring.experiment import Experiment
from benchmarks.family import Catalogue


def by_experiment(experiments: Sequence[Experiment], catalogue: Catalogue) -> Mapping[str, str]:
    """Returns why runs of an experiment lack their data, by experiment id; without those that have their data."""
    needed = dict.fromkeys(name for experiment in experiments for name in experiment.needs)
    rows = [inspect(catalogue.data_sets[name]) for name in needed]
    problems = {
        row.name: f"{row.problem}; `python -m benchmarks data status {row.name}` says how to get it"
        for row in rows
        if row.state == State.MISSING
    }
    return {
        experiment.id: "; ".join(problems[name] for name in experiment.needs if name in problems)
        for experiment in experiments
        if problems.keys() & set(experiment.needs)
    }


def print_missing(messages: Sequence[str]) -> None:
    """Prints why runs lacked their data, to standard error: one line for each reason, with the number of runs."""
    for message, runs in Counter(messages).items():
        print(f"data missing for {runs} run{'s'[: runs > 1]}: {message}", file=sys.stderr)


def warn_about_cache(experiments: Sequence[Experiment]) -> None:
    """Prints a warning to standard error if experiments need data and the cache folder cannot be written."""
    if any(experiment.needs for experiment in experiments) and (problem := cache_problem()):
        print(f"warning: {problem}", file=sys.stderr)
