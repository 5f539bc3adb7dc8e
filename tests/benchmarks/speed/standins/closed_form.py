"""MAML of an affine network with the squared error, in closed form: its Hessian is constant."""

from typing import Any

import numpy as np

from benchmarks.speed.problem import EPISODES, Arrays, parameters
from benchmarks.speed.program import Assignment


class ClosedForm:
    """Exact, or first order, meta-gradient of a network without hidden layers."""

    def __init__(self, assignment: Assignment) -> None:
        self.problem, self.arrays = assignment.problem, assignment.read()
        self.first_order = assignment.first_order
        self.weights = np.concatenate([each.reshape(-1) for each in parameters(self.problem, self.arrays).values()])

    def loss_and_gradient(self) -> tuple[float, Arrays]:
        tasks = [self._of_task(*task) for task in zip(*(self.arrays[name] for name in EPISODES), strict=True)]
        gradient = np.mean([each for _, each in tasks], axis=0)
        named = {"layer_0/kernel": gradient[:-1].reshape(-1, 1), "layer_0/bias": gradient[-1:]}
        return float(np.mean([loss for loss, _ in tasks])), named

    def run(self, count: int) -> None:
        for _ in range(count):
            self.loss_and_gradient()

    def device_bytes(self) -> int:
        return 0

    def _of_task(self, inputs: Any, targets: Any, queries: Any, query_targets: Any) -> tuple[float, Any]:
        rate = self.problem.inner_rate * self.problem.loss_factor
        support, query = _with_ones(inputs), _with_ones(queries)
        hessian = 2 / len(support) * support.T @ support
        adapted, passed = self.weights, np.eye(len(self.weights))
        for _ in range(self.problem.steps):
            adapted = adapted - rate * 2 / len(support) * support.T @ (support @ adapted - targets[:, 0])
            passed = passed if self.first_order else passed @ (np.eye(len(hessian)) - rate * hessian)
        error = query @ adapted - query_targets[:, 0]
        return float(np.mean(error**2)), passed @ (2 / len(query) * query.T @ error)


def _with_ones(inputs: Any) -> Any:
    return np.concatenate([inputs, np.ones([len(inputs), 1])], axis=1)


program = ClosedForm
