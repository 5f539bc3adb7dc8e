"""What `run` and `check` say before they start any process: missing data sets and packages, and a useless cache."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.data.inventory import State, cache_problem, inspect
from benchmarks.declaring.experiment import Experiment
from benchmarks.family import Catalogue


def by_experiment(experiments: Sequence[Experiment], catalogue: Catalogue) -> Mapping[str, str]:
    """Returns which data sets and optional packages of an experiment are missing, by experiment id; only of such."""
    needed = dict.fromkeys(name for experiment in experiments for name in experiment.needs)
    rows = [inspect(catalogue.data_sets[name]) for name in needed]
    problems = {
        row.name: f"{row.problem}; `python -m benchmarks data status {row.name}` says how to get it"
        for row in rows
        if row.state == State.MISSING
    }
    lines = {
        experiment.id: [
            *(problems[name] for name in experiment.needs if name in problems),
            *([experiment.extra.problem] if experiment.extra and experiment.extra.problem else []),
        ]
        for experiment in experiments
    }
    return {experiment: "; ".join(found) for experiment, found in lines.items() if found}


def print_missing(messages: Sequence[str]) -> None:
    """Prints what runs lacked, to standard error: one line for each reason, with the number of runs."""
    for message, runs in Counter(messages).items():
        print(f"missing for {runs} run{'s'[: runs > 1]}: {message}", file=sys.stderr)


def warn_about_cache(experiments: Sequence[Experiment]) -> None:
    """Prints a warning to standard error if experiments need data and the cache folder cannot be written."""
    if any(experiment.needs for experiment in experiments) and (problem := cache_problem()):
        print(f"warning: {problem}", file=sys.stderr)
