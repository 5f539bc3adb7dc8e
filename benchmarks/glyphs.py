"""Procedural characters: the whole path of few-shot classification on a machine without data."""

from dataclasses import replace

from benchmarks.experiment import Experiment, Runtime
from benchmarks.few_shot import smaller_tests
from benchmarks.omniglot import NO_CONV_5_WAY_1_SHOT as BASE
from benchmarks.overrides import overridden
from benchmarks.part import part

IMAGES = part("maml_tf.tasks.glyph_images", split="train")

NO_CONV = replace(
    BASE,
    id="glyphs/no-conv-5-way-1-shot",
    title="MAML without convolutions, Glyphs 5-way 1-shot",
    description="The settings of Omniglot on characters that the library draws itself, for machines without data.",
    tasks=overridden(BASE.tasks, {"images": IMAGES}),
    tests=overridden(BASE.tests, {"*.tasks.images": IMAGES | {"split": "test"}}),
    answers={},
    readings={"text": {}, "code": {}},
    scales={
        "smoke": {"training.iterations": 4, "training.chunk": 2, **smaller_tests(4)},
        "desktop": {"training.iterations": 3_000},
        "paper": {},
    },
    seeds=1,
    needs=(),
    footnotes=("Made by a program, not written by hand: never set against numbers of the paper.",),
    runtime=Runtime(operations="large", minutes={"smoke": 0.4, "desktop": 1, "paper": 10}, memory=1.1),
)

EXPERIMENTS: tuple[Experiment, ...] = (NO_CONV,)
