"""All that a report shows, as plain data."""

from datetime import UTC, datetime
from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.experiment import Experiment
from benchmarks.figures import curves
from benchmarks.figures.comparisons import comparisons
from benchmarks.figures.learning_curves import learning_curves
from benchmarks.judgement.status import rows
from benchmarks.records import provenance
from benchmarks.records.evidence import Measured

TITLE = "Model-Agnostic Meta-Learning: what was printed and what we measured"


def report_data(measured: Measured) -> dict[str, Any]:
    """Gathers rows, experiments, figures, comparisons and pictures."""
    return {
        "title": TITLE,
        "generated": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": provenance.commit(),
        "rows": rows(measured),
        "experiments": [_experiment(each, measured) for each in CATALOGUE.values()],
        "figures": curves.figures(measured),
        "comparisons": comparisons(measured),
        "pictures": curves.pictures(measured),
    }


def _experiment(experiment: Experiment, measured: Measured) -> dict[str, Any]:
    return {
        "id": experiment.id,
        "title": experiment.title,
        "description": experiment.description,
        "references": list(experiment.answers),
        "readings": {reading: experiment.settings("paper", reading) for reading in experiment.readings},
        "footnotes": list(experiment.footnotes),
        "charts": learning_curves(experiment, measured),
        "runs": [record.to_json() for record in measured.everything_of(experiment)],
    }
