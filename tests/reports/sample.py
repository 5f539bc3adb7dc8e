"""Report data with one of everything: every verdict, two experiments, curves that diverge, pictures."""

from typing import Any

from tests.reports.sample_figures import comparison, learning_curves, pictures, returns
from tests.reports.sample_rows import other_rows, regression_rows
from tests.reports.sample_runs import experiment


def sample() -> dict[str, Any]:
    """Everything that a report shows: twelve references, two experiments, three figures, a comparison, two pictures."""
    rows = [*regression_rows(), *other_rows()]
    sinusoid = [item["reference"] for item in rows if item["experiment"] == "sinusoid/maml"]
    return {
        "title": "MAML, reproduced: paper, field and our own numbers",
        "generated": "2025-11-21T08:05:00+00:00",
        "commit": "4be1f1c9a9d0",
        "rows": rows,
        "experiments": [
            experiment(
                "sinusoid/maml",
                "MAML on sinusoids",
                "Meta-trained with ten points and one step, tested with 5, 10 and 20 points for ten steps.",
                sinusoid,
            ),
            experiment(
                "sinusoid/pretrain",
                "Pretraining on sinusoids",
                "One network on all tasks at once, then fine-tuned with the step size that suits it best.",
                ["table-2/pretrain/5-steps", "table-2/pretrain/10-steps"],
            ),
        ],
        "figures": [learning_curves(5), learning_curves(10), returns()],
        "comparisons": [comparison()],
        "pictures": pictures(),
    }
