"""Everything that a report shows, as plain data."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.declaring.experiment import Experiment
from benchmarks.family import Catalogue, Family
from benchmarks.figures.charts import learning_curves
from benchmarks.figures.speed import speed_data
from benchmarks.records import provenance
from benchmarks.records.evidence import Measured
from benchmarks.records.speed import AnyRecord
from benchmarks.verdicts.status import rows
from benchmarks.verdicts.verdict import Verdict

TITLE = "Model-Agnostic Meta-Learning: the paper's results and ours"


def report_data(measured: Measured, catalogue: Catalogue, speed: Sequence[AnyRecord] = ()) -> dict[str, Any]:
    """Returns all data of a report.

    Args:
        measured: All records.
        catalogue: The experiments, and what their families draw.
        speed: All records of speed that are shown.
    """
    return {
        "title": TITLE,
        "generated": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": provenance.commit(),
        "verdicts": list(Verdict),
        "groups": dict(catalogue.group_titles),
        "glossary": dict(catalogue.glossary),
        "rows": [row.to_json() for row in rows(measured, catalogue)],
        "experiments": [
            _experiment(experiment, catalogue.family_of(name), measured) for name, experiment in catalogue.items()
        ],
        "figures": catalogue.figures(measured),
        "comparisons": catalogue.comparisons(measured),
        "pictures": catalogue.pictures(measured),
        "speed": speed_data(speed),
    }


def _experiment(experiment: Experiment, family: Family, measured: Measured) -> dict[str, Any]:
    return {
        "id": experiment.id,
        "title": experiment.title,
        "description": experiment.description,
        "references": list(experiment.answers),
        "readings": {reading: experiment.settings("paper", reading) for reading in experiment.readings},
        "footnotes": list(experiment.footnotes),
        "charts": learning_curves(experiment, family, measured),
        "runs": [record.to_json() for record in measured.everything_of(experiment)],
    }
