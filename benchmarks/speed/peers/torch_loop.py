"""PyTorch: a loop over tasks, whose inner gradients are differentiable (`create_graph=True`)."""

from typing import Any

import torch
from torch.func import functional_call

from benchmarks.speed.peers.torch_program import TorchProgram


class Loop(TorchProgram):
    """The most common form of MAML in PyTorch."""

    def backward(self) -> Any:
        """Adds the meta-gradient of one task after another, so that only one graph is in memory."""
        total = torch.zeros([])
        for task in zip(*self.episodes, strict=True):
            loss = self._query_loss(*task) / self.problem.tasks
            loss.backward()
            total += loss.detach()
        return total

    def _query_loss(self, inputs: Any, targets: Any, queries: Any, query_targets: Any) -> Any:
        parameters = self.parameters()
        for _ in range(self.problem.steps):
            outputs = functional_call(self.network, parameters, (inputs,))
            loss = self.problem.loss_factor * self.loss(outputs, targets)
            adapted = [parameters[name] for name in self.adapted]
            gradients = torch.autograd.grad(loss, adapted, create_graph=True)
            for name, gradient in zip(self.adapted, gradients, strict=True):
                parameters[name] = parameters[name] - self.problem.inner_rate * gradient
        return self.loss(functional_call(self.network, parameters, (queries,)), query_targets)


program = Loop
