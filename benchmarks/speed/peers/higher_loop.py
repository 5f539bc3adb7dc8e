"""`higher`: a loop over tasks with its differentiable optimizer."""

from typing import Any

import higher
import torch

from benchmarks.speed.peers.torch_program import TorchProgram


class Higher(TorchProgram):
    """MAML as the examples of `higher` write it."""

    def backward(self) -> Any:
        """Adds the meta-gradient of one task after another."""
        adapted = [self.parameters()[name] for name in self.adapted]
        inner = torch.optim.SGD(adapted, lr=self.problem.inner_rate)
        total = torch.zeros([])
        for inputs, targets, queries, query_targets in zip(*self.episodes, strict=True):
            with higher.innerloop_ctx(self.network, inner, copy_initial_weights=False) as (network, optimizer):
                for _ in range(self.problem.steps):
                    optimizer.step(self.problem.loss_factor * self.loss(network(inputs), targets))
                loss = self.loss(network(queries), query_targets) / self.problem.tasks
                loss.backward()
            total += loss.detach()
        return total


program = Higher
