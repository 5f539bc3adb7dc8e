"""The parts of a data set: for meta-training, meta-validation and meta-testing."""

from typing import Literal

Part = Literal["train", "validation", "test"]
