"""Numbers that no declaration states, because they are defaults of the library, are pinned as well.

A default that is new or changed on purpose goes into defaults.json with the commit that changes it:
`python -m tests.benchmarks.test_defaults`. If it changes what an experiment measures, raise `DEFINITION_VERSION`.
"""

import dataclasses
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import maml_tf
from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.settings import build, is_part, symbol

FILE = Path(__file__).with_name("defaults.json")

# Settings that are given to these, although their declarations do not name them.
UNNAMED = ("maml_tf.Training", "maml_tf.Protocol", "maml_tf.Selection", "maml_tf.with_running_averages")


def parts(declaration: Any) -> Iterator[str]:
    """Yields the name of every class and function that a declaration stands for."""
    if isinstance(declaration, Mapping):
        if is_part(declaration):
            yield declaration["part"]
        elif "symbol" in declaration:
            yield declaration["symbol"]
        for value in declaration.values():
            yield from parts(value)
    elif isinstance(declaration, list | tuple):
        for value in declaration:
            yield from parts(value)


def plain(value: Any) -> Any:
    """Returns a default as JSON; objects by their name and the values of all of their fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"part": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value if value is None or isinstance(value, bool | int | float | str) else value.__qualname__


def defaults(name: str) -> dict[str, Any]:
    """Returns the defaults of a class or function by the name of the parameter."""
    found = build(symbol(name))
    fields = dataclasses.fields(found) if dataclasses.is_dataclass(found) else ()
    made = {field.name: field.default_factory for field in fields}
    values = {}
    for parameter in inspect.signature(found).parameters.values():
        factory = made.get(parameter.name, dataclasses.MISSING)
        if factory is not dataclasses.MISSING:
            values[parameter.name] = plain(factory())
        elif parameter.default is not parameter.empty:
            values[parameter.name] = plain(parameter.default)
    return values


def reachable() -> dict[str, dict[str, Any]]:
    """Returns the defaults of everything that the settings of an experiment name."""
    names = set(UNNAMED)
    for experiment in CATALOGUE.values():
        for scale in experiment.scales:
            for reading in experiment.readings:
                names.update(parts(experiment.settings(scale, reading)))
    return {name: values for name in sorted(names) if (values := defaults(name))}


def test_no_default_that_defines_a_number_changes_by_accident() -> None:
    assert json.loads(json.dumps(reachable())) == json.loads(FILE.read_text())


def test_the_meta_optimizer_has_the_epsilon_of_the_authors() -> None:
    """That of TensorFlow 1's AdamOptimizer; no definition states it."""
    assert maml_tf.Adam(learning_rate=0.001).epsilon == 1e-8


if __name__ == "__main__":
    FILE.write_text(json.dumps(reachable(), indent=1) + "\n")
