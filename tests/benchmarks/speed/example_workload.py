"""A workload that takes milliseconds: an affine network on sine waves; and stand-ins as its sides."""

from dataclasses import replace

from benchmarks.experiments.sinusoid.declarations import MAML
from benchmarks.family import Race
from benchmarks.speed.sides import Side
from benchmarks.speed.workload import Timing, Workload

EXPERIMENT = replace(
    MAML,
    learner=MAML.learner
    | {
        "network": MAML.learner["network"] | {"hidden": ()},
        "inner_loop": MAML.learner["inner_loop"] | {"steps": 2, "learning_rate": 0.02},
    },
    readings={"code": {}},
    training=MAML.training | {"meta_batch": 3, "chunk": 2},
)
WORKLOAD = Workload.of("waves", Race(experiment=EXPERIMENT.id, chunk=2, graph_steps=3), EXPERIMENT)
TIMING = Timing(rounds=3, turn=0.0)


def standin(name: str, *, first_order: bool = False) -> Side:
    module = f"tests.benchmarks.speed.standins.{name}"
    return Side(title=f"a stand-in: {name}", module=module, first_order=first_order)


SIDES = {
    "ours": standin("closed_form"),
    "twin": standin("closed_form"),
    "first": standin("closed_form", first_order=True),
    "wrong-gradient": standin("wrong_gradient"),
    "wrong-loss": standin("wrong_loss"),
    "ends": standin("ends"),
}
