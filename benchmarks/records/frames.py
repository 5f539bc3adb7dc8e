"""What was measured as tables, for those who go on with pandas."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from benchmarks.records.record import Record

# The columns of a row that hold one value each.
_COLUMNS = (
    "reference",
    "title",
    "experiment",
    "metric",
    "paper",
    "plus_minus",
    "unit",
    "known",
    "ours",
    "ours_median",
    "half_width_tasks",
    "half_width_seeds",
    "difference",
    "verdict",
    "scale",
    "reading",
    "seeds",
    "diverged_tasks",
    "origin",
)


def references(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One line a reference, as `status` prints them."""
    return pd.DataFrame(rows, columns=list(_COLUMNS)).set_index("reference")


def metrics(records: Iterable[Record]) -> pd.DataFrame:
    """One line a metric of each record: experiment, scale, reading, seed, definition and the summary."""
    lines = [
        {
            "experiment": record.experiment,
            "scale": record.scale,
            "reading": record.reading,
            "seed": record.seed,
            "definition": record.definition,
            "metric": name,
            **vars(metric),
        }
        for record in records
        for name, metric in record.metrics.items()
    ]
    return pd.DataFrame(lines)
