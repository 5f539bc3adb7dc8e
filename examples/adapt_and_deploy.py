"""From meta-training to use: adapt to one new task, predict, save, and load in another process."""

import tempfile
from pathlib import Path

import numpy as np

import maml_tf

NETWORK = maml_tf.MLP(inputs=1, hidden=(40, 40), outputs=1)


def meta_train(file: Path, iterations: int) -> None:
    """Meta-trains on sine waves once, and keeps the initialisation in a file."""
    trained = maml_tf.train(learner(), maml_tf.Sinusoid(), maml_tf.Training(iterations=iterations, meta_batch=25))
    print(trained)
    maml_tf.save_parameters(file, trained.parameters)


def learner() -> maml_tf.MAML:
    """Returns what is the same in all processes."""
    inner_loop = maml_tf.InnerLoop(steps=2, learning_rate=0.01)
    return maml_tf.MAML(network=NETWORK, loss=maml_tf.squared_error, inner_loop=inner_loop)


def adapt(initialisation: Path, file: Path, inputs: np.ndarray, targets: np.ndarray) -> None:
    """Adapts to one task, in arrays without an axis of tasks, and keeps the result in a file."""
    adapted = maml_tf.adapted_to(learner(), maml_tf.load_parameters(initialisation), inputs, targets)
    adapted.save(file)


def predict(file: Path, inputs: np.ndarray) -> np.ndarray:
    """Predicts in any process that has the file."""
    return maml_tf.load_adapted(file, NETWORK).predict(inputs)


def main(iterations: int = 3000) -> tuple[float, float]:
    """Returns the mean squared error on a new sine wave before and after adaptation."""
    x = np.linspace(-5, 5, 50)[:, np.newaxis]
    y = 3 * np.sin(x - 1)
    with tempfile.TemporaryDirectory() as folder:
        initialisation, adapted = Path(folder, "initialisation.npz"), Path(folder, "adapted.npz")
        meta_train(initialisation, iterations)
        unadapted = maml_tf.adapted_to(learner(), maml_tf.load_parameters(initialisation), x, y, steps=0)
        adapt(initialisation, adapted, x[::5], y[::5])
        return float(np.mean((unadapted.predict(x) - y) ** 2)), float(np.mean((predict(adapted, x) - y) ** 2))


if __name__ == "__main__":
    print("mean squared error before and after adaptation: {:.3f}, {:.3f}".format(*main()))
