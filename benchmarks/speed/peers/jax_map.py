"""JAX: `jit` of `lax.map` over tasks of `grad`."""

from jax import lax

from benchmarks.speed.peers.jax_program import JaxProgram
from benchmarks.speed.program import Assignment


def program(assignment: Assignment) -> JaxProgram:
    """Returns MAML that computes one task after another."""
    return JaxProgram(assignment, lax.map)
