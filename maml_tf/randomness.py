"""Random numbers inside networks, such as the masks of dropout.

A network is a function of parameters and inputs alone, so the numbers come from the context in which it is called: one
step of meta-training. They depend on the seed of `Training`, the meta-iteration, the part of the meta-batch, the
replica and the number of the call, and on nothing else, so an interrupted run resumes bit for bit. Outside
meta-training, that is in `evaluate`, `predict` and `adapt`, there is no such context, and nothing is random.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import tensorflow as tf

from maml_tf.interfaces import Tensor


@dataclass(kw_only=True)
class Draws:
    """The random numbers of one step of meta-training.

    Attributes:
        seed: The seed of meta-training.
        step: Returns further numbers that identify the step, integers; called only if random numbers are drawn.
        calls: Number of seeds that were drawn in this step.
    """

    seed: int | Tensor
    step: Callable[[], list[Tensor]]
    calls: int = 0

    def next_seed(self) -> Tensor:
        """Returns a new seed for stateless random functions, `[2]`; each call in a step gives another one."""
        replica = tf.distribute.get_replica_context()
        number = replica.replica_id_in_sync_group if replica else 0
        numbers = [*self.step(), number, self.calls]
        self.calls += 1
        seed = tf.stack([tf.cast(self.seed, tf.int64), 0])
        for each in numbers:
            seed = tf.random.fold_in(seed, tf.cast(each, tf.int64))
        return seed


@contextmanager
def drawing(draws: Draws) -> Iterator[None]:
    """Provides random numbers to the networks that are called within the context."""
    token = _current.set(draws)
    try:
        yield
    finally:
        _current.reset(token)


def current_draws() -> Draws | None:
    """Returns the random numbers of the present step of meta-training, or None outside meta-training."""
    return _current.get()


_current: ContextVar[Draws | None] = ContextVar("draws", default=None)
