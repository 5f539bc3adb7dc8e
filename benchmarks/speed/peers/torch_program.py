"""What the PyTorch sides share: the network, the given tensors, and the outer loop. Each side adds its inner loop."""

import time
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.speed.problem import EPISODES, Arrays, Problem
from benchmarks.speed.program import Assignment


class TorchProgram(ABC):
    """MAML in PyTorch.

    Attributes:
        problem: The network and the settings.
        network: The network.
        episodes: Support inputs and targets, query inputs and targets, each `[tasks, examples, ...]`.
        adapted: Names of the parameters that change in the inner loop.
    """

    def __init__(self, assignment: Assignment) -> None:
        if torch.cuda.is_available():
            torch.set_default_device("cuda")
            torch.backends.cudnn.allow_tf32 = False  # full single precision, like the other sides
        self.problem = assignment.problem
        arrays = assignment.read()
        self.network = network(self.problem)
        self._names = dict(zip(_trained(self.network), self.problem.shapes(), strict=True))
        self.adapted = [name for name, ours in self._names.items() if self.problem.adapts(ours)]
        with torch.no_grad():
            for name, parameter in _trained(self.network).items():
                parameter.copy_(torch.tensor(_to_torch(arrays[self._names[name]], self.problem)))
        self.episodes = [torch.tensor(_images(arrays[name], self.problem)) for name in EPISODES]
        self._optimizer = torch.optim.Adam(_trained(self.network).values(), lr=self.problem.meta_rate)

    @abstractmethod
    def backward(self) -> Any:
        """Adds the meta-gradient to the `grad` of each parameter and returns the meta-loss."""

    def loss(self, outputs: Any, targets: Any) -> Any:
        """Returns the mean loss."""
        if self.problem.classification:
            return functional.cross_entropy(outputs, targets)
        return functional.mse_loss(outputs, targets)

    def parameters(self) -> dict[str, Any]:
        """Returns the meta-learned parameters by name."""
        return _trained(self.network)

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        """Returns the loss and the meta-gradient at the given parameters."""
        if self.problem.image is None and not torch.cuda.is_available():
            self._choose_threads()
        self._optimizer.zero_grad()
        loss = self.backward()
        return float(loss), {
            self._names[name]: _from_torch(parameter.grad.cpu().numpy(), self._names[name], self.problem)
            for name, parameter in self.parameters().items()
        }

    def run(self, count: int) -> None:
        """Runs a number of meta-iterations."""
        for _ in range(count):
            self._optimizer.zero_grad()
            self.backward()
            if self.problem.clip is not None:
                nn.utils.clip_grad_value_(self.parameters().values(), self.problem.clip)
            self._optimizer.step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    def device_bytes(self) -> int:
        """Returns the peak of the memory of tensors on a GPU in bytes; 0 if there is none."""
        return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0

    def _choose_threads(self) -> None:
        """Keeps PyTorch's number of threads or one thread, whichever is faster: affine layers may be too small."""
        seconds = {}
        for threads in (torch.get_num_threads(), 1):
            torch.set_num_threads(threads)
            self.backward()
            began = time.perf_counter()
            self.backward()
            seconds[threads] = time.perf_counter() - began
        torch.set_num_threads(min(seconds, key=lambda threads: seconds[threads]))


def network(problem: Problem) -> Any:
    """Returns the network of a problem."""
    layers: list[Any] = []
    inputs = problem.image[-1] if problem.image else problem.inputs
    for units in problem.hidden:
        if problem.image:
            stride = 1 if problem.pooled else 2
            layers.append(nn.Conv2d(inputs, units, 3, stride=stride, padding=1, bias=not problem.normalised))
        else:
            layers.append(nn.Linear(inputs, units, bias=not problem.normalised))
        if problem.normalised:
            normalisation = nn.BatchNorm2d if problem.image else nn.BatchNorm1d
            layers.append(normalisation(units, eps=problem.epsilon, track_running_stats=False))
            layers[-1].weight.requires_grad_(False)  # there is a shift, but no scale
        layers.append(nn.ReLU())
        if problem.pooled:
            layers.append(nn.MaxPool2d(2))
        inputs = units
    if problem.image:
        layers += [] if problem.flattened else [nn.AdaptiveAvgPool2d(1)]
        layers.append(nn.Flatten())
    return nn.Sequential(*layers, nn.Linear(problem.features, problem.outputs))


def _trained(module: Any) -> dict[str, Any]:
    return {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}


def _images(array: Any, problem: Problem) -> Any:
    """Returns images with channels first, `[tasks, examples, channels, rows, columns]`; other arrays as they are."""
    if array.ndim < 5:
        return array
    return np.ascontiguousarray(np.moveaxis(_mirrored(array, problem, (2, 3)), -1, 2))


def _to_torch(array: Any, problem: Problem) -> Any:
    if array.ndim == 4:
        return np.ascontiguousarray(_mirrored(array, problem, (0, 1)).transpose(3, 2, 0, 1))
    if array.ndim == 2 and _is_flattened(array, problem):
        pixels = array.reshape(*problem.sides()[-1], problem.hidden[-1], -1)
        return np.ascontiguousarray(pixels.transpose(3, 2, 0, 1).reshape(array.shape[1], -1))
    return np.ascontiguousarray(array.T)


def _from_torch(array: Any, name: str, problem: Problem) -> Any:
    shape = problem.shapes()[name]
    if len(shape) == 4:
        return _mirrored(array.transpose(2, 3, 1, 0), problem, (0, 1))
    if len(shape) == 2 and problem.flattened:
        pixels = array.reshape(shape[1], problem.hidden[-1], *problem.sides()[-1])
        return pixels.transpose(2, 3, 1, 0).reshape(shape)
    return array.T


def _is_flattened(array: Any, problem: Problem) -> bool:
    return problem.flattened and len(array) == problem.features


def _mirrored(array: Any, problem: Problem, axes: tuple[int, int]) -> Any:
    """Mirrors images and kernels in a network with strides.

    Where the size of an image is even, PyTorch pads it in front of the first row and TensorFlow after the last one.
    With mirrored images and kernels both compute the same, and PyTorch need not copy images to pad them.
    """
    return array if problem.pooled else np.flip(array, axes)
