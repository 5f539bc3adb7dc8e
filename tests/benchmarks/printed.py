"""A second copy of what the paper prints, typed by hand, to check the reference data against."""

OMNIGLOT = [f"omniglot-{way}-way-{shot}-shot" for way in (5, 20) for shot in (1, 5)]
MINI_IMAGENET = [f"mini-imagenet-5-way-{shot}-shot" for shot in (1, 5)]
STEPS = ["0-steps", "1-step", "2-steps", "3-steps", "4-steps"]
TABLES: list[tuple[str, list[str], str]] = [
    (
        "table-1",
        OMNIGLOT,
        """mann-no-conv 82.8 94.9
        maml-no-conv 89.7±1.1 97.5±0.6
        siamese-networks 97.3 98.4 88.2 97.0
        matching-networks 98.1 98.9 93.8 98.5
        neural-statistician 98.1 99.5 93.2 98.1
        memory-module 98.4 99.6 95.0 98.6
        maml 98.7±0.4 99.9±0.1 95.8±0.3 98.9±0.2""",
    ),
    (
        "table-1",
        MINI_IMAGENET,
        """fine-tuning-baseline 28.86±0.54 49.79±0.79
        nearest-neighbour-baseline 41.08±0.70 51.04±0.65
        matching-networks 43.56±0.84 55.31±0.73
        meta-learner-lstm 43.44±0.77 60.60±0.71
        maml-first-order 48.07±1.75 63.15±0.91
        maml 48.70±1.84 63.11±0.92""",
    ),
    (
        "table-2",
        ["1-step", "5-steps", "10-steps"],
        """multi-task-no-regularisation 4.19 3.85 3.69
        multi-task-l2-regularisation 7.18 5.69 5.60
        multi-task-mean-regularisation 2.91 2.72 2.71
        pretrained 2.41 2.23 2.19
        maml 0.67 0.38 0.35""",
    ),
    ("table-3", OMNIGLOT[:2], "context-vector 94.9±0.9 97.7±0.3\n maml 98.7±0.4 99.9±0.1"),
    (
        "table-4",
        STEPS,
        "context-vector -42.42 -13.90 -5.17 -3.18\n maml -40.41 -11.68 -3.33 -3.23",
    ),
    (
        "table-5",
        STEPS,
        "context-vector -40.49 -44.08 -38.27 -42.50\n maml -50.69 293.19 313.48 315.65",
    ),
    (
        "figure-4",
        STEPS,
        """maml -40.41±4.01 -11.68±2.16 -3.33±0.55 -3.23±0.58 -3.35±0.59
        pretrained -40.81±4.04 -19.73±2.99 -11.72±1.64 -8.47±0.53 -7.49±0.38
        random -82.66±2.16 -57.96±1.84 -53.84±1.62 -46.81±1.28 -42.91±1.28
        oracle -2.29±0.14""",
    ),
    (
        "figure-5/cheetah-velocity",
        STEPS,
        """maml -129.53±16.54 -78.57±9.85 -66.62±8.94 -60.78±8.62
        pretrained -158.00±17.35 -135.39±15.05 -128.47±13.98 -133.61±16.44
        random -254.83±35.71 -254.33±34.64 -246.79±35.36 -230.83±34.17
        oracle -54.47±6.93""",
    ),
    (
        "figure-5/cheetah-direction",
        STEPS,
        """maml -50.69±5.74 293.19±17.01 313.48±15.77 315.65±13.85
        pretrained -43.03±11.61 -24.75±9.31 -12.85±8.55 19.57±11.22
        random -35.73±1.27 21.83±2.90 62.32±5.03 86.18±9.73
        oracle 442.69±8.38""",
    ),
    (
        "figure-5/ant-velocity",
        STEPS,
        """maml 30.58±30.03 96.74±20.74 100.06±21.46 101.41±21.04
        pretrained -1.83±34.19 6.11±34.36 8.47±34.45 9.47±36.52
        random -78.64±34.39 -62.81±34.72 -48.55±34.08 -35.56±29.89
        oracle 107.89±19.97""",
    ),
    (
        "figure-5/ant-direction",
        STEPS,
        """maml 8.66±14.21 499.15±32.10 500.68±31.54 499.11±32.53
        pretrained 3.16±15.21 1.27±13.53 6.51±13.77 6.86±11.69
        random 3.11±4.07 9.25±4.36 15.96±3.50 26.11±0.11
        oracle 524.80±12.40""",
    ),
]
CELLS = [
    (f"{table}/{method}/{column}", cell)
    for table, columns, text in TABLES
    for method, *cells in map(str.split, text.splitlines())
    for column, cell in zip(columns, cells, strict=False)
]
