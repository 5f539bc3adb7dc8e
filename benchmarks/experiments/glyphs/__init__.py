"""Characters drawn by a program: few-shot classification from end to end on a machine without data sets."""

from dataclasses import replace

from benchmarks.data.inventory import DataSet
from benchmarks.declaring.experiment import Runtime
from benchmarks.declaring.settings import overridden, part
from benchmarks.experiments.few_shot import smaller_tests
from benchmarks.experiments.omniglot.declarations import NO_CONV_5_WAY_1_SHOT as BASE
from benchmarks.family import Drawing, Family
from benchmarks.figures import sample_tasks

IMAGES = part("maml_tf.tasks.glyph_images", split="train")

NO_CONV = replace(
    BASE,
    id="glyphs/no-conv-5-way-1-shot",
    title="MAML without convolutions, Glyphs 5-way 1-shot",
    description="The settings of Omniglot on characters that the library draws itself, for machines without data sets.",
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
    footnotes=(
        "The characters are drawn by a program, not by hand, so nothing is compared with numbers of the paper.",
    ),
    runtime=Runtime(operations="large", minutes={"smoke": 0.4, "desktop": 1, "paper": 10}, memory=1.1),
)

DATA_SET = DataSet(
    name="glyphs",
    find=lambda: (),
    verified="nothing to verify: drawn by the library from a seed",
    how="it needs no files",
)


def _sample() -> Drawing:
    from maml_tf.datasets import glyphs

    return {
        "title": f"{NO_CONV.tasks['ways']} characters, one support and one query image each",
        "caption": "The characters are of one alphabet that the library draws.",
        "classes": sample_tasks.image_task(glyphs(alphabets=1).images, NO_CONV.tasks),
    }


FAMILY = Family(experiments=(NO_CONV,), title="Glyphs", data_sets=(DATA_SET,), score="accuracy, %", sample=_sample)
