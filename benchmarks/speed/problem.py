"""The problem that all sides of a speed comparison solve: network, settings and tensors, named without any library."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
EPISODES = ("support_inputs", "support_targets", "query_inputs", "query_targets")
SIDE = 3  # of every convolution kernel, in pixels


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One meta-iteration of MAML, described by numbers and words alone.

    Attributes:
        image: Height, width and channels; None for a network of affine layers alone.
        inputs: Features of an example.
        hidden: Units of the hidden layers, or filters of the convolutions.
        outputs: Number of outputs.
        pooled: Whether maximum pooling halves the image after each convolution; if not, a stride of 2 does.
        flattened: Whether the last feature maps are flattened; if not, each is averaged.
        normalised: Whether batch normalisation with a shift follows each hidden layer.
        epsilon: Added to the variance in batch normalisation.
        classification: Whether the loss is the cross-entropy of classes; if not, it is the squared error.
        tasks: Tasks in a meta-batch.
        ways: Classes in a task; 1 for regression.
        shot: Support examples of each class.
        query: Query examples of each class.
        steps: Inner steps.
        inner_rate: Inner learning rate.
        loss_factor: What the mean loss of a support set is multiplied by in the inner loop.
        keeps: Last words of the names of parameters that do not adapt.
        meta_rate: Learning rate of Adam.
        clip: Bound on each element of the meta-gradient, or None.
    """

    image: tuple[int, int, int] | None
    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    pooled: bool
    flattened: bool
    normalised: bool
    epsilon: float
    classification: bool
    tasks: int
    ways: int
    shot: int
    query: int
    steps: int
    inner_rate: float
    loss_factor: float
    keeps: tuple[str, ...]
    meta_rate: float
    clip: float | None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Returns the problem that these settings of an experiment (`Experiment.settings`) describe."""
        tasks, learner = settings["tasks"], settings["learner"]
        network, inner_loop, adam = learner["network"], learner["inner_loop"], learner["meta_optimizer"]
        image = tuple(network["image"]) if "image" in network else None
        normalization = network.get("normalization")
        ways = tasks.get("ways", 1)
        return cls(
            image=image,
            inputs=int(np.prod(image)) if image else network["inputs"],
            hidden=(network["filters"],) * 4 if image else tuple(network["hidden"]),
            outputs=network["outputs"],
            pooled=network.get("downsampling") == "max pool",
            flattened=network.get("summary") == "flatten",
            normalised=normalization is not None,
            epsilon=normalization["epsilon"] if normalization else 0.0,
            classification="ways" in tasks,
            tasks=settings["training"]["meta_batch"],
            ways=ways,
            shot=tasks["shot"],
            query=tasks["query"],
            steps=inner_loop["steps"],
            inner_rate=inner_loop["learning_rate"],
            loss_factor=float(network["outputs"]) if inner_loop.get("loss_scale") == "sum over classes" else 1.0,
            keeps=tuple(inner_loop.get("keeps", ())),
            meta_rate=adam["learning_rate"],
            clip=adam.get("clip"),
        )

    @property
    def support_size(self) -> int:
        """Support examples of a task."""
        return self.ways * self.shot

    @property
    def query_size(self) -> int:
        """Query examples of a task."""
        return self.ways * self.query

    def adapts(self, name: str) -> bool:
        """Returns whether the parameter with this name changes in the inner loop."""
        return name.split("/")[-1] not in self.keeps

    def sides(self) -> list[tuple[int, int]]:
        """Returns height and width of the image before the first block and after each block."""
        assert self.image
        sizes = [self.image[:2]]
        for _ in self.hidden:
            height, width = sizes[-1]
            sizes.append((height // 2, width // 2) if self.pooled else (-(-height // 2), -(-width // 2)))
        return sizes

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Returns the shape of each parameter by name.

        There is no bias in front of batch normalisation, because subtracting the mean removes it.
        """
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, sizes in enumerate(pairwise((self.image[-1] if self.image else self.inputs, *self.hidden))):
            name = f"block_{layer}" if self.image else f"layer_{layer}"
            shapes[f"{name}/kernel"] = (SIDE, SIDE, *sizes) if self.image else sizes
            shapes[f"{name}/shift" if self.normalised else f"{name}/bias"] = sizes[1:]
        last = "linear" if self.image else f"layer_{len(self.hidden)}"
        return shapes | {f"{last}/kernel": (self.features, self.outputs), f"{last}/bias": (self.outputs,)}

    @property
    def features(self) -> int:
        """Inputs of the last layer."""
        height, width = self.sides()[-1] if self.image and self.flattened else (1, 1)
        return (self.hidden or (self.inputs,))[-1] * height * width


def draw(problem: Problem, seed: int = 0) -> Arrays:
    """Draws the parameters and the episodes that every side is given.

    The images are noise, since their content does not change the time. Biases are not zero, so that an error in their
    gradients is seen. Shifts are well above zero: then few features lie near zero, where rounding decides whether ReLU
    passes them on, which changes the gradient by more than rounding does.

    Returns:
        Parameters by name, in which kernels of convolutions are `[rows, columns, channels, filters]`; and the
        episodes under the names `EPISODES`, `[tasks, examples, ...]`, with one-hot targets for classification.
    """
    generator = np.random.default_rng(seed)
    arrays: Arrays = {}
    for name, shape in problem.shapes().items():
        scale = np.sqrt(2 / np.prod(shape[:-1])) if len(shape) > 1 else 0.1
        centre = 1.5 if name.endswith("/shift") else 0.0
        arrays[name] = (centre + scale * generator.standard_normal(shape)).astype(np.float32)
    episodes = _images(problem, generator) if problem.classification else _waves(problem, generator)
    return arrays | {name: np.asarray(array, np.float32) for name, array in zip(EPISODES, episodes, strict=True)}


def parameters(problem: Problem, arrays: Arrays) -> Arrays:
    """Returns the parameters among the arrays, in the order of the layers."""
    return {name: arrays[name] for name in problem.shapes()}


def _images(problem: Problem, generator: np.random.Generator) -> list[NDArray[Any]]:
    episodes = []
    for size in (problem.shot, problem.query):
        examples = (problem.tasks, problem.ways * size)
        episodes.append(generator.uniform(size=(*examples, *(problem.image or (problem.inputs,)))))
        targets = np.eye(problem.ways)[np.tile(np.arange(problem.ways), size)]
        episodes.append(np.broadcast_to(targets, (problem.tasks, *targets.shape)))
    return episodes


def _waves(problem: Problem, generator: np.random.Generator) -> list[NDArray[Any]]:
    """Returns sine waves as the authors' program draws them (`data_generator.py`)."""
    amplitude = generator.uniform(0.1, 5.0, [problem.tasks, 1, 1])
    phase = generator.uniform(0.0, np.pi, [problem.tasks, 1, 1])
    episodes = []
    for size in (problem.shot, problem.query):
        inputs = generator.uniform(-5.0, 5.0, [problem.tasks, size, 1])
        episodes += [inputs, amplitude * np.sin(inputs - phase)]
    return episodes
