"""Sample report data: every verdict, two experiments with both readings and three seeds each, figures and pictures."""

import math
import random
from typing import Any

from tests.reports.sample_figures import comparison, learning_curves, pictures, returns
from tests.reports.sample_rows import other_rows, regression_rows

_DEVIATION = "Inner learning rate 0.001 as in the authors' code; the paper's text says 0.01."


def record(experiment: str, reading: str, seed: int, diverged: int = 0) -> dict[str, Any]:
    """Returns the record of one run, without arrays."""
    noise = random.Random(f"{experiment} {reading} {seed}")
    metrics: dict[str, Any] = {
        f"k-{shots}/{steps}-steps": {
            "value": round(2.9 * math.exp(-0.8 * steps) + 1.6 / shots + noise.uniform(0, 0.05), 4),
            "median": round(2.4 * math.exp(-0.8 * steps) + 1.2 / shots, 4),
            "tasks": 600,
            "diverged": 0,
            "half_width": 0.05,
        }
        for shots in (5, 10, 20)
        for steps in (0, 1, 5, 10)
    }
    if diverged:
        metrics["k-5/10-steps"] |= {"value": None, "diverged": diverged}
    return {
        "schema": 1,
        "experiment": experiment,
        "definition": "3fa9c07d1be2" if reading == "code" else "b70e55a91c4d",
        "settings": _settings(reading),
        "scale": "paper",
        "reading": reading,
        "seed": seed,
        "metrics": metrics,
        "cost": {
            "seconds": 28.1 + seed,
            "seconds_per_iteration": 4.0e-4,
            "test_seconds": 2.0,
            "iterations": 70000,
            "input_share": 0.043,
            "training_memory_bytes": 4.9e8,
            "peak_memory_bytes": 5.1e8,
        },
        "device": "CPU, 2 cores",
        "status": "diverged" if diverged else "complete",
        "provenance": {
            "commit": "4be1f1c9a9d0",
            "dirty": seed == 2,
            "python": "3.11.7",
            "packages": {"tensorflow": "2.21.0", "numpy": "2.3.1"},
            "data": {},
            "command": f"python -m benchmarks run {experiment} --reading {reading} --seeds {seed}",
            "started": f"2025-11-20T10:0{seed}:00+00:00",
            "finished": f"2025-11-20T10:0{seed}:29+00:00",
            "host": {"processor": "x86_64", "cores": 2},
        },
    }


def _settings(reading: str) -> dict[str, Any]:
    return {
        "task_distribution": {"name": "sinusoid", "amplitude": [0.1, 5.0], "phase": [0.0, math.pi]},
        "network": {"name": "mlp", "hidden": [40, 40], "activation": "relu"},
        "inner_loop": {
            "steps": 1,
            "learning_rate": 0.001 if reading == "code" else 0.01,
            "second_order": True,
            "loss_scale": "mean",
        },
        "meta_batch": 25,
        "meta_iterations": 70000,
        "shot": 10,
        "meta_optimizer": {"name": "adam", "learning_rate": 0.001},
        "gradient_clip": None,
    }


def loss_chart(name: str) -> dict[str, Any]:
    """Returns the training loss of three seeds."""
    x = list(range(0, 70000, 7000))
    return {
        "id": f"{name}/loss",
        "title": "Meta-training, paper scale",
        "caption": "One line per seed.",
        "x_label": "meta-iterations",
        "y_label": "loss",
        "y_scale": "linear",
        "curves": [
            {"label": f"seed {n}", "x": x, "centre": [2.5 * 0.7**i + 0.1 * n for i in range(10)]} for n in range(3)
        ],
        "printed": [],
    }


def experiment(name: str, title: str, description: str, references: list[str]) -> dict[str, Any]:
    readings = ("code", "text")
    runs = [
        record(name, reading, seed, diverged=37 * (reading == "text" and seed > 0))
        for reading in readings
        for seed in range(3)
    ]
    return {
        "id": name,
        "title": title,
        "description": description,
        "references": references,
        "readings": {reading: _settings(reading) for reading in readings},
        "footnotes": [_DEVIATION],
        "charts": [loss_chart(name)],
        "runs": runs,
    }


def disagreements() -> list[dict[str, Any]]:
    """Returns one place with a measured effect and one without."""
    place = {
        "group": "Sinusoids",
        "topic": "Inner learning rate",
        "text": "0.01.",
        "code": "0.001.",
        "source": "§5.1; cbfinn/maml: main.py",
        "conclusion": "The value of the code gives Table 2.",
        "scale": "paper",
        "sides": [
            {
                "label": "text",
                "result": "diverges on 51 of 6,000 test tasks",
                "seeds": 10,
                "experiment": "sinusoid/maml",
            },
            {"label": "code", "result": "0.33 ± 0.03", "seeds": 10, "experiment": "sinusoid/maml"},
        ],
        "commands": [],
        "finding": "The stated inner learning rate diverges on 51 of 6,000 test tasks.",
    }
    other: dict[str, Any] = {"topic": "Initialisation", "scale": None, "sides": [], "finding": None}
    return [place, place | other]


def sample() -> dict[str, Any]:
    """Returns report data with fourteen references, two experiments, three figures, a comparison and two pictures."""
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
                "One network trained on all tasks, then fine-tuned with the best inner learning rate.",
                ["table-2/pretrain/5-steps", "table-2/pretrain/10-steps"],
            ),
        ],
        "figures": [learning_curves(5), learning_curves(10), returns()],
        "comparisons": [comparison()],
        "pictures": pictures(),
        "groups": {"claim": "Claims in the text"},
        "links": [{"label": "the paper", "url": "https://arxiv.org/abs/1703.03400"}],
        "headline": "Of 12 distinct numbers, 4 were measured as published: 2 reproduced.",
        "findings": ["The stated inner learning rate diverges on 51 of 6,000 test tasks."],
        "tallies": [
            {
                "group": "table-2",
                "title": "Table 2",
                "total": 5,
                "outcomes": {"reproduced": 1, "better than published": 1, "failed": 3},
                "aside": {},
                "words": "1 of 5 reproduced, 1 better than published, 3 failed",
            }
        ],
        "tables": [
            {
                "id": "table-2",
                "blocks": [
                    {
                        "title": "Sinusoids, mean squared error",
                        "columns": ["1 step", "5 steps"],
                        "rows": [
                            {"label": "MAML", "cells": ["table-2/maml/1-step", "table-2/maml/5-steps"]},
                            {"label": "Pretrained", "cells": [None, "table-2/pretrain/5-steps"]},
                        ],
                    }
                ],
            }
        ],
        "disagreements": disagreements(),
    }
