"""JAX: `jit` of `vmap` over tasks of `grad`."""

import jax

from benchmarks.speed.peers.jax_program import JaxProgram
from benchmarks.speed.program import Assignment


def program(assignment: Assignment) -> JaxProgram:
    """Returns MAML that computes all tasks at once."""
    return JaxProgram(assignment, lambda function, tasks: jax.vmap(function)(tasks))
