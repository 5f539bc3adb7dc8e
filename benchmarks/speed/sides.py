"""The sides of a speed comparison: what each is, and which packages it needs."""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.speed.problem import Problem

EXTRA = "peers"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to compute a meta-iteration.

    Attributes:
        title: What it is, for tables.
        module: The module whose `program` starts it.
        packages: What must be installed for it, besides the project.
        first_order: Whether it drops second derivatives; its meta-gradient then differs from that of the others.
        ours: Whether it is this library, which is started as a run is and computes whole chunks.
        tf32: Whether products are computed in TensorFloat-32, which only a GPU has.
        convolution_type: Type in which convolutions are computed; None for the type of the parameters. See
            `maml_tf.Conv4`.
    """

    title: str
    module: str
    packages: tuple[str, ...] = ()
    first_order: bool = False
    ours: bool = False
    tf32: bool = False
    convolution_type: str | None = None

    @property
    def rounds(self) -> bool:
        """Whether products have less than single precision."""
        return self.tf32 or self.convolution_type is not None


def _peer(title: str, module: str, *packages: str) -> Side:
    return Side(title=title, module=f"benchmarks.speed.peers.{module}", packages=packages)


OURS, FIRST_ORDER = "ours", "ours-first-order"
SIDES: Mapping[str, Side] = MappingProxyType(
    {
        OURS: Side(title="this library, exact", module="benchmarks.speed.ours", ours=True),
        FIRST_ORDER: Side(
            title="this library, first order", module="benchmarks.speed.ours", first_order=True, ours=True
        ),
        "ours-tf32": Side(
            title="this library, products in TensorFloat-32", module="benchmarks.speed.ours", ours=True, tf32=True
        ),
        "ours-bfloat16": Side(
            title="this library, convolutions in bfloat16",
            module="benchmarks.speed.ours",
            ours=True,
            convolution_type="bfloat16",
        ),
        "authors": Side(title="the authors' graph", module="benchmarks.speed.authors"),
        "torch-loop": _peer("PyTorch, loop over tasks with `create_graph=True`", "torch_loop", "torch"),
        "torch-vmap": _peer("PyTorch, `torch.func.vmap` of `grad`", "torch_vmap", "torch"),
        "jax-map": _peer("JAX, `jit(lax.map(grad))`", "jax_map", "jax", "optax"),
        "higher": _peer("PyTorch, `higher`", "higher_loop", "torch", "higher"),
        "torchopt": _peer("PyTorch, TorchOpt", "torchopt_loop", "torch", "torchopt"),
        "jax-vmap": _peer("JAX, `jit(vmap(grad))`", "jax_vmap", "jax", "optax"),
    }
)
PEERS = tuple(name for name in SIDES if name != OURS)


def missing_packages(side: Side) -> list[str]:
    """Returns the packages of a side that are not installed."""
    return [package for package in side.packages if importlib.util.find_spec(package) is None]


def fitting(names: Sequence[str], problem: Problem) -> tuple[list[str], list[str]]:
    """Returns the peers that differ from this library in a problem, and one line for each that does not."""
    same = [name for name in names if SIDES[name].convolution_type and not problem.image]
    return [name for name in names if name not in same], [f"{name} needs a network with convolutions" for name in same]


def choose(names: Sequence[str] | None, device: str = "cpu") -> tuple[list[str], list[str]]:
    """Chooses what is compared with this library.

    Args:
        names: Names of peers; None for all that are installed.
        device: "cpu" or "gpu".

    Returns:
        The names of the peers, in the order of the table; and one line for each that is left out.

    Raises:
        BenchmarkError: A name is unknown, or a peer that is named is not installed or needs another device.
    """
    for name in names or ():
        check_choice("peer", name, PEERS)
        if SIDES[name].tf32 and device != "gpu":
            raise BenchmarkError(f"{name} needs a GPU, so --device must be 'gpu' with it, not {device!r}")
    chosen, left_out = [], []
    possible = [name for name in PEERS if device == "gpu" or not SIDES[name].tf32]
    for name in (peer for peer in possible if names is None or peer in names):
        if missing := missing_packages(SIDES[name]):
            line = f"{name} needs {' and '.join(missing)}, not installed here: pip install 'maml-tf[{EXTRA}]'"
            if names is not None:
                raise BenchmarkError(line)
            left_out.append(line)
        else:
            chosen.append(name)
    return chosen, left_out
