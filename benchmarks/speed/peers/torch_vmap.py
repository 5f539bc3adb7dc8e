"""PyTorch: `torch.func.vmap` over tasks of `torch.func.grad`."""

from typing import Any

from torch.func import functional_call, grad, grad_and_value, vmap

from benchmarks.speed.peers.torch_program import TorchProgram


class Vmap(TorchProgram):
    """MAML in the function transformations of PyTorch."""

    def backward(self) -> Any:
        """Computes all tasks at once."""
        parameters = self.parameters()
        gradients, loss = grad_and_value(self._meta_loss)({name: each.detach() for name, each in parameters.items()})
        for name, parameter in parameters.items():
            parameter.grad = gradients[name]
        return loss

    def _meta_loss(self, parameters: dict[str, Any]) -> Any:
        return vmap(lambda *task: self._query_loss(parameters, *task))(*self.episodes).mean()

    def _query_loss(
        self, parameters: dict[str, Any], inputs: Any, targets: Any, queries: Any, query_targets: Any
    ) -> Any:
        kept = {name: each for name, each in parameters.items() if name not in self.adapted}

        def support_loss(adapted: dict[str, Any]) -> Any:
            outputs = functional_call(self.network, kept | adapted, (inputs,))
            return self.problem.loss_factor * self.loss(outputs, targets)

        adapted = {name: parameters[name] for name in self.adapted}
        for _ in range(self.problem.steps):
            gradients = grad(support_loss)(adapted)
            adapted = {name: each - self.problem.inner_rate * gradients[name] for name, each in adapted.items()}
        return self.loss(functional_call(self.network, kept | adapted, (queries,)), query_targets)


program = Vmap
