"""Thirteen sample references with every verdict at least once."""

from collections.abc import Sequence
from typing import Any

_OPTIONAL = (
    *("experiment", "metric", "scale", "reading", "cost", "command", "origin"),
    *("paper", "plus_minus", "plus_minus_meaning", "difference"),
    *("ours", "ours_median", "half_width_tasks", "half_width_seeds"),
)
_COMMAND = "python -m benchmarks run {} --scale {} --reading {} --seeds 0-2"


def row(reference: str, title: str, verdict: str, **changes: Any) -> dict[str, Any]:
    """Returns one row of the report data; values that are not given are empty."""
    row: dict[str, Any] = dict.fromkeys(_OPTIONAL) | {
        "reference": reference,
        "title": title,
        "unit": "MSE",
        "better": "lower",
        "known": "printed",
        "source": "the paper",
        "verdict": verdict,
        "reason": "",
        "seeds": 0,
        "diverged_tasks": 0,
        "by_median": False,
    }
    return row | {name: [] for name in ("field", "per_seed", "footnotes", "protocols")} | changes


def measured(experiment: str, per_seed: Sequence[float | None], scale: str = "paper", **changes: Any) -> dict[str, Any]:
    """Returns the values that a row has if its experiment was run."""
    return {
        "experiment": experiment,
        "per_seed": list(per_seed),
        "seeds": len(per_seed),
        "scale": scale,
        "reading": "code",
        "cost": {"seconds": 84.3, "seconds_per_iteration": 4.0e-4, "peak_memory_bytes": 5.1e8},
        "command": _COMMAND.format(experiment, scale, "code"),
        "origin": "accepted baseline",
    } | changes


_RATE = "Inner learning rate 0.001 as in the authors' code; the paper's text says 0.01."
_FEW = "Three seeds; the paper trained one."
_MEAN = "The inner loss is a mean over points, not a sum."
_OVER_TASKS = "95 % confidence interval over 600 test tasks"


def regression_rows() -> list[dict[str, Any]]:
    return [
        row(
            "table-2/maml/5-steps",
            "MAML, 5 gradient steps",
            "reproduced",
            paper=0.38,
            metric="k-5/5-steps",
            field=[
                {"source": "63days/Meta-SGD", "value": 0.67, "plus_minus": None, "note": "10 points, 1 step."},
                {"source": "Meta-SGD paper", "value": 1.13, "plus_minus": 0.18, "note": "5 points, 1 step."},
            ],
            ours=0.398,
            ours_median=0.312,
            half_width_tasks=0.052,
            half_width_seeds=0.031,
            difference=0.3,
            footnotes=[_RATE, _FEW],
            **measured("sinusoid/maml", [0.371, 0.398, 0.425]),
        ),
        row(
            "table-2/maml/1-step",
            "MAML, 1 gradient step",
            "above",
            paper=0.67,
            metric="k-5/1-step",
            ours=0.861,
            ours_median=0.604,
            half_width_tasks=0.066,
            half_width_seeds=0.048,
            difference=2.3,
            footnotes=[_RATE, _FEW],
            **measured("sinusoid/maml", [0.832, 0.861, 0.89]),
        ),
        row(
            "table-2/pretrain/5-steps",
            "Pretraining on all tasks, 5 gradient steps",
            "below",
            paper=2.23,
            metric="k-5/5-steps",
            ours=1.94,
            ours_median=1.72,
            half_width_tasks=0.11,
            half_width_seeds=0.06,
            difference=-2.3,
            footnotes=[_FEW, _MEAN],
            **measured("sinusoid/pretrain", [1.9, 1.94, 1.98]),
        ),
        row(
            "table-2/pretrain/10-steps",
            "Pretraining on all tasks, 10 gradient steps",
            "inconclusive",
            paper=2.19,
            metric="k-5/10-steps",
            ours=2.6,
            ours_median=2.05,
            half_width_tasks=0.12,
            half_width_seeds=0.9,
            difference=0.5,
            diverged_tasks=3,
            footnotes=[_FEW],
            **measured("sinusoid/pretrain", [2.12, 2.31, 9.4]),
        ),
        row(
            "table-2/multi-task-l2/1-step",
            "Multi-task with l2 regularisation, 1 gradient step",
            "failed",
            paper=7.18,
            experiment="sinusoid/multi-task-l2",
            command=_COMMAND.format("sinusoid/multi-task-l2", "paper", "code"),
        ),
    ]


def other_rows() -> list[dict[str, Any]]:
    return [
        row(
            "figure-6/k-5/maml-text/10-steps",
            "MAML, inner learning rate of the text, 10 steps, 5 points",
            "diverged",
            metric="k-5/10-steps",
            diverged_tasks=412,
            footnotes=["Inner learning rate 0.01 as in the paper's text."],
            **measured("sinusoid/maml", [4.7e14, None, None], reading="text"),
        ),
        row(
            "figure-6/k-10/maml/10-steps",
            "MAML, 10 steps, 10 points",
            "no printed number",
            metric="k-10/10-steps",
            known="drawn as a curve, never printed",
            ours=0.213,
            ours_median=0.17,
            half_width_tasks=0.018,
            half_width_seeds=0.052,
            **measured("sinusoid/maml", [0.16, 0.21, 0.27]),
        ),
        row(
            "table-1/maml-no-conv/omniglot-5-way-1-shot",
            "MAML without convolutions, Omniglot 5-way 1-shot",
            "not comparable",
            paper=89.7,
            plus_minus=1.1,
            plus_minus_meaning=_OVER_TASKS,
            unit="%",
            better="higher",
            metric="query/3-steps",
            ours=80.4,
            ours_median=80.0,
            half_width_tasks=1.7,
            footnotes=["10,000 of 60,000 meta-iterations, so this is not set against the paper."],
            protocols=[
                {"name": "paper-protocol", "tasks": 600, "query": 1, "value": 80.4, "half_width": 1.7},
                {"name": "tight-protocol", "tasks": 2000, "query": 15, "value": 78.1, "half_width": 0.5},
            ],
            **measured("omniglot/maml-no-conv", [80.4], "desktop"),
        ),
        row(
            "table-1/maml/omniglot-20-way-1-shot",
            "MAML, Omniglot 20-way 1-shot",
            "not run",
            paper=95.8,
            plus_minus=0.3,
            plus_minus_meaning=_OVER_TASKS,
            unit="%",
            better="higher",
            field=[
                {"source": "TaskNorm", "value": 90.9, "plus_minus": 0.5, "note": "First order."},
                {"source": "potsawee/maml", "value": 83.4, "plus_minus": None, "note": ""},
            ],
            command=_COMMAND.format("omniglot/maml-20-way-1-shot", "paper", "code"),
        ),
        row(
            "table-1/siamese-networks/omniglot-20-way-1-shot",
            "Siamese networks, Omniglot 20-way 1-shot",
            "quoted",
            paper=88.2,
            unit="%",
            better="higher",
        ),
        row(
            "table-1/maml/mini-imagenet-5-way-1-shot",
            "MAML, MiniImagenet 5-way 1-shot",
            "data missing",
            paper=48.7,
            plus_minus=1.84,
            plus_minus_meaning=_OVER_TASKS,
            unit="%",
            better="higher",
            command=_COMMAND.format("mini-imagenet/maml-1-shot", "paper", "code"),
        ),
        row(
            "figure-5/cheetah-direction/maml/1-step",
            "MAML, half-cheetah forward and backward, 1 gradient step",
            "not run",
            paper=293.19,
            plus_minus=17.01,
            plus_minus_meaning="95 % normal interval over 40 tasks, from the authors' raw data",
            unit="return",
            better="higher",
            known="raw data of the authors",
        ),
        row(
            "figure-4/maml/1-step",
            "MAML, 2D navigation, 1 gradient step",
            "not implemented",
            paper=-11.68,
            unit="return",
            better="higher",
            same_as="table-4/maml/1-step",
        ),
        row(
            "claim/sinusoid-keeps-improving",
            "The error keeps falling beyond the one step that was trained for",
            "reproduced",
            unit=None,
            better=None,
            known="stated in the text",
            ours=1.0,
            **measured("sinusoid/maml", [1.0, 1.0, 1.0]),
        ),
    ]
