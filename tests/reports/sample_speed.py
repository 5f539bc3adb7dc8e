"""Sample data about speed."""

from typing import Any


def speed() -> dict[str, Any]:
    """Returns one comparison and one chart of growth."""
    lines = [
        ("ours", "this library, exact", 181.0, None, 0.47, None),
        ("ours-first-order", "this library, first order", 120.0, 0.66, 0.35, 1.0),
        ("torch-vmap", "PyTorch, `torch.func.vmap` of `grad`", 381.0, 2.1, 0.22, 3.2e-6),
    ]
    return {
        "tables": [
            {
                "name": "omniglot-gpu",
                "workload": "omniglot on GPU of the test",
                "experiment": "omniglot/maml-5-way-1-shot",
                "lines": [
                    {
                        "side": side,
                        "title": title,
                        "median_ms": median,
                        "low_ms": 0.9 * median,
                        "high_ms": 1.2 * median,
                        "ratio": ratio,
                        "peak_mb": 1200.0,
                        "share_of_limit": share,
                        "gradient_difference": difference,
                    }
                    for side, title, median, ratio, share, difference in lines
                ],
                "limit_ms": 85.0,
                "operations": 9_985_474_560,
                "operations_per_second": 1.17e11,
                "bytes_per_second": 1.2e10,
                "left_out": ["higher needs torch and higher, not installed here: pip install 'maml-tf[peers]'"],
                "cores": 2,
                "processor": "x86_64",
                "versions": {"tensorflow": "2.21.0", "torch": "2.13.0"},
                "command": "python -m benchmarks speed omniglot",
                "commit": "4be1f1c9a9d0",
            }
        ],
        "charts": [
            {
                "id": "speed/omniglot-by-steps/time",
                "title": "Time: omniglot, by inner steps",
                "caption": "Time of a meta-iteration.",
                "x_label": "inner steps",
                "y_label": "milliseconds",
                "y_scale": "log",
                "printed": [],
                "curves": [
                    {"label": "ours", "x": [1, 5, 10], "centre": [181.0, 700.0, 1400.0]},
                    {"label": "torch-vmap", "x": [1, 5, 10], "centre": [381.0, 1900.0, 4100.0]},
                ],
            }
        ],
    }
