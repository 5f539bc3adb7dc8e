"""TorchOpt: a loop over tasks with its functional differentiable optimizer."""

from typing import Any

import torch
import torchopt
from torch.func import functional_call

from benchmarks.speed.peers.torch_program import TorchProgram


class TorchOpt(TorchProgram):
    """MAML with `torchopt.FuncOptimizer`."""

    def backward(self) -> Any:
        """Adds the meta-gradient of one task after another."""
        total = torch.zeros([])
        for task in zip(*self.episodes, strict=True):
            loss = self._query_loss(*task) / self.problem.tasks
            loss.backward()
            total += loss.detach()
        return total

    def _query_loss(self, inputs: Any, targets: Any, queries: Any, query_targets: Any) -> Any:
        parameters = self.parameters()
        optimizer = torchopt.FuncOptimizer(torchopt.sgd(lr=self.problem.inner_rate))
        adapted = tuple(parameters[name] for name in self.adapted)
        for _ in range(self.problem.steps):
            given = parameters | dict(zip(self.adapted, adapted, strict=True))
            outputs = functional_call(self.network, given, (inputs,))
            adapted = optimizer.step(self.problem.loss_factor * self.loss(outputs, targets), adapted)
        given = parameters | dict(zip(self.adapted, adapted, strict=True))
        return self.loss(functional_call(self.network, given, (queries,)), query_targets)


program = TorchOpt
