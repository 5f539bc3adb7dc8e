"""Sample figures with a diverged curve, pictures of fitted sinusoids, and a comparison."""

import math
from collections.abc import Callable
from typing import Any


def _curve(label: str, value: Callable[[int], float | None]) -> dict[str, Any]:
    steps = list(range(11))
    centre = [value(step) for step in steps]
    return {
        "label": label,
        "x": steps,
        "centre": centre,
        "low": [None if y is None else y * 0.85 for y in centre],
        "high": [None if y is None else y * 1.2 for y in centre],
    }


def _diverging(step: int) -> float | None:
    return None if step > 8 else 2.9 * 0.2**step if step < 3 else 0.5 * 30.0 ** (step - 3)


def learning_curves(shots: int) -> dict[str, Any]:
    curves = [
        _curve("MAML, code reading", lambda step: 2.6 * math.exp(-1.4 * step) + 1.7 / shots),
        _curve("MAML, text reading", _diverging),
        _curve("pretrained", lambda step: 2.2 + 0.7 * math.exp(-step)),
        _curve("oracle", lambda step: 0.005),
    ]
    printed = [
        {"label": "paper, Table 2, MAML", "x": [1, 5, 10], "y": [0.67, 0.38, 0.35], "plus_minus": None},
        {"label": "paper, Table 2, pretrained", "x": [1, 5, 10], "y": [2.41, 2.23, 2.19], "plus_minus": None},
    ]
    return {
        "id": f"figure-6/k-{shots}",
        "title": f"Figure 6, {shots} points",
        "caption": f"Sinusoid regression from {shots} points: error on meta-test tasks after adaptation.",
        "x_label": "gradient steps",
        "y_label": "mean squared error",
        "y_scale": "log",
        "curves": curves,
        "printed": printed if shots == 5 else [],
    }


def returns() -> dict[str, Any]:
    def curve(label: str, centre: list[float], spread: float) -> dict[str, Any]:
        low, high = ([y + sign * spread for y in centre] for sign in (-1, 1))
        return {"label": label, "x": [0, 1, 2, 3], "centre": centre, "low": low, "high": high}

    return {
        "id": "figure-5/cheetah-direction",
        "title": "Figure 5, half-cheetah direction",
        "caption": "Average return over rollouts on 40 test tasks.",
        "x_label": "gradient steps",
        "y_label": "average return",
        "y_scale": "linear",
        "curves": [curve("MAML", [-48.0, 270.0, 300.0, 311.0], 25.0), curve("random", [-36.0, 20, 60, 85], 9.0)],
        "printed": [
            {
                "label": "paper, Table 5, MAML",
                "x": [0, 1, 2, 3],
                "y": [-50.69, 293.19, 313.48, 315.65],
                "plus_minus": [5.74, 17.01, 15.77, 13.85],
            }
        ],
    }


def _panel(title: str, amplitude: float, phase: float, support: list[float], learns: bool) -> dict[str, Any]:
    xs = [-5 + index / 6 for index in range(61)]

    def truth(x: float) -> float:
        return round(amplitude * math.sin(x - phase), 3)

    def model(share: float) -> list[float]:
        return [round(share * truth(x) + (1 - share) * 0.4 * math.sin(x / 2), 3) for x in xs]

    shares = {"before": 0.0, "after 1 step": 0.8, "after 10 steps": 0.97}
    if not learns:
        shares |= {"after 1 step": 0.15, "after 10 steps": 0.3}
    return {
        "title": title,
        "truth": {"x": xs, "y": [truth(x) for x in xs]},
        "support": {"x": support, "y": [truth(x) for x in support]},
        "curves": [{"label": label, "x": xs, "y": model(share)} for label, share in shares.items()],
    }


def pictures() -> list[dict[str, Any]]:
    half = [0.4, 1.3, 2.6, 3.4, 4.5]
    whole = [-4.4, -2.1, 0.2, 2.4, 4.1]
    return [
        {
            "id": "figure-2/maml/k-5",
            "title": "Figure 2, five points",
            "caption": "One sinusoid, five support points: MAML fits it everywhere.",
            "panels": [
                _panel("MAML", 4.2, 0.6, whole, True),
                _panel("MAML, points in one half", 3.1, 2.0, half, True),
                _panel("pretrained", 4.2, 0.6, whole, False),
                _panel("pretrained, points in one half", 3.1, 2.0, half, False),
            ],
        },
        {
            "id": "figure-7/maml",
            "title": "Figure 7, more sinusoids",
            "caption": "A random sample of further tasks.",
            "panels": [_panel(f"Task {index + 1}", 1.0 + 0.7 * index, 0.5 * index, whole, True) for index in range(6)],
        },
    ]


def comparison() -> dict[str, Any]:
    """Returns three variants; ours and the others' each lack one of them."""
    values = [
        ("current batch", (46.4, 0.9), (45.5, 1.8)),
        ("support set", (41.2, 0.9), None),
        ("layer normalisation", None, (41.2, None)),
    ]
    return {
        "id": "normalisation",
        "title": "Statistics of batch normalisation",
        "caption": "Bars are 95 % intervals over tasks.",
        "x_label": "accuracy, %",
        "series": ["ours", "others"],
        "lines": [
            {"label": label, "values": [pair and {"value": pair[0], "half_width": pair[1]} for pair in pairs]}
            for label, *pairs in values
        ],
    }
