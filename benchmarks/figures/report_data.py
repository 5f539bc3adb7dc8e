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
from benchmarks.records.history import History
from benchmarks.records.references import load_layouts, load_references
from benchmarks.records.speed import AnyRecord
from benchmarks.verdicts.disagreements import disagreements, findings
from benchmarks.verdicts.status import rows
from benchmarks.verdicts.tally import badge, headline, tallies
from benchmarks.verdicts.verdict import Verdict

TITLE = "Model-Agnostic Meta-Learning: the paper's results and ours"
LINKS = (
    ("the paper (Finn, Abbeel and Levine, 2017)", "https://arxiv.org/abs/1703.03400"),
    ("the authors' code for classification and regression", "https://github.com/cbfinn/maml"),
    ("the authors' code for reinforcement learning", "https://github.com/cbfinn/maml_rl"),
)


def report_data(
    measured: Measured, catalogue: Catalogue, speed: Sequence[AnyRecord] = (), history: History | None = None
) -> dict[str, Any]:
    """Returns all data of a report.

    Args:
        measured: All records.
        catalogue: The experiments, and what their families draw.
        speed: All records of speed that are shown.
        history: The history of the accepted baselines, if it is shown.
    """
    found = rows(measured, catalogue)
    lines = tallies(found, catalogue.group_titles)
    differences = disagreements(measured, catalogue)
    return {
        "title": TITLE,
        "generated": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": provenance.commit(),
        "verdicts": list(Verdict),
        "groups": dict(catalogue.group_titles),
        "glossary": dict(catalogue.glossary),
        "links": [{"label": label, "url": url} for label, url in LINKS],
        "headline": headline(lines),
        "badge": badge(lines),
        "findings": findings(differences),
        "tallies": [line.to_json() for line in lines],
        "tables": _tables(),
        "disagreements": differences,
        "rows": [row.to_json() for row in found],
        "experiments": [
            _experiment(experiment, catalogue.family_of(name), measured) for name, experiment in catalogue.items()
        ],
        "figures": catalogue.figures(measured),
        "comparisons": catalogue.comparisons(measured),
        "pictures": catalogue.pictures(measured),
        "filmstrips": catalogue.filmstrips(measured),
        "history": history.to_json() if history else None,
        "tasks": catalogue.sample_tasks(),
        "speed": speed_data(speed),
    }


def _tables() -> list[dict[str, Any]]:
    """Returns the tables and panels of the paper: for each cell the id of its reference, or None for an empty one."""
    references = load_references()
    return [
        {
            "id": name,
            "blocks": [
                {
                    "title": block.title,
                    "columns": list(block.columns.values()),
                    "rows": [
                        {"label": label, "cells": [id_ if id_ in references else None for id_ in block.cells(row)]}
                        for row, label in block.rows.items()
                    ],
                }
                for block in blocks
            ],
        }
        for name, blocks in load_layouts().items()
    ]


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
