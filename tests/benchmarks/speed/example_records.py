"""Records of speed with invented numbers."""

from typing import Any

from benchmarks.records.speed import GrowthPoint, GrowthRecord, Limit, SpeedRecord, summaries

LIMIT = Limit(
    operations=10**10,
    first_order_operations=5 * 10**9,
    bytes=10**8,
    first_order_bytes=10**8,
    operations_per_second=1e11,
    bytes_per_second=1e10,
)
ROUNDS = {"ours-first-order": [[200.0, 100.0], [210.0, 110.0]], "authors": [[190.0, 380.0], [200.0, 440.0]]}
ORIGIN = {
    "commit": "4be1f1c9a9d0",
    "dirty": False,
    "command": "python -m benchmarks speed waves",
    "when": "2025-11-20T10:00:00+00:00",
    "host": {"processor": "x86_64", "cores": 2, "system": "Linux"},
}


def example_speed(**changes: Any) -> SpeedRecord:
    values: dict[str, Any] = {
        "workload": "waves",
        "experiment": "sinusoid/maml",
        "problem": {"steps": 1},
        "titles": {
            "ours": "this library, exact",
            "ours-first-order": "this library, first order",
            "authors": "the authors' graph",
        },
        "first_order": ["ours-first-order"],
        "rounds_ms": ROUNDS,
        **summaries(ROUNDS, LIMIT, ["ours-first-order"]),
        "peak_mb": {"ours": 1200.0, "ours-first-order": 1100.0, "authors": 1500.5},
        "limit": LIMIT,
        "left_out": ["higher needs torch and higher, not installed here: pip install 'maml-tf[peers]'"],
        "cores": 2,
        "versions": {"tensorflow": "2.21.0"},
        "provenance": ORIGIN,
    }
    return SpeedRecord(**values | changes)


def example_growth(**changes: Any) -> GrowthRecord:
    values: dict[str, Any] = {
        "workload": "waves",
        "experiment": "sinusoid/maml",
        "axis": "steps",
        "peer": "authors",
        "title": "the authors' graph",
        "points": [
            GrowthPoint(value=1, rounds_ms=[[1.0, 3.0], [2.0, 4.0], [3.0, 9.0]], peak_mb=(800.0, 900.0)),
            GrowthPoint(value=5, rounds_ms=[[5.0, 20.0]], peak_mb=(850.0, 1000.0)),
        ],
        "cores": 2,
        "versions": {"tensorflow": "2.21.0"},
        "provenance": ORIGIN | {"command": "python -m benchmarks speed waves --grow steps"},
    }
    return GrowthRecord(**values | changes)
