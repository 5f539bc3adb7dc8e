"""One task of the sinusoids, for the report."""

import numpy as np

from benchmarks.experiments.sinusoid.declarations import TRAIN_TASKS
from benchmarks.family import Drawing
from benchmarks.figures.sample_tasks import SEED

# The ranges of section 5.1, which are the defaults of `maml_tf.Sinusoid`.
AMPLITUDE, PHASE, INPUTS = (0.1, 5.0), (0.0, np.pi), (-5.0, 5.0)
POINTS = 101


def sample() -> Drawing:
    """Draws a sine wave with its support points."""
    generator, shot = np.random.default_rng(SEED), TRAIN_TASKS["shot"]
    amplitude, phase = generator.uniform(*AMPLITUDE), generator.uniform(*PHASE)
    support, grid = np.asarray(generator.uniform(*INPUTS, shot)), np.linspace(*INPUTS, POINTS)
    truth, given = ({"x": x.tolist(), "y": list(amplitude * np.sin(x - phase))} for x in (grid, support))
    return {
        "title": f"A sine wave and {shot} support points",
        "caption": "The query points are other points of the same wave. Amplitude and phase differ between tasks.",
        "panel": {
            "title": f"amplitude {amplitude:.1f}, phase {phase:.1f}",
            "truth": truth,
            "support": given,
            "curves": [],
        },
    }
