"""JSON Schemas of the files in `reference_results`, generated from the types that read them.

`python -m benchmarks.records.schema` writes them to `reference_results/schema`.
"""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, get_type_hints

import msgspec

from benchmarks.records.baselines import BaselineDocument
from benchmarks.records.references import REFERENCE_RESULTS, FieldResult, Identifier, Reference, ReferenceFile
from benchmarks.records.speed import GrowthRecord, SpeedRecord
from benchmarks.records.storage import NON_FINITE

FOLDER = REFERENCE_RESULTS / "schema"

_WIDTH = 240
_ATTRIBUTE = re.compile(r"^(\w+): (.*?)(?=^\w+: |\Z)", re.MULTILINE | re.DOTALL)
_IDENTIFIERS = Annotated[list[Identifier], msgspec.Meta(min_length=1, extra_json_schema={"uniqueItems": True})]


def schemas() -> Mapping[str, dict[str, Any]]:
    """Returns the JSON Schemas (draft 2020-12) by the name of their file.

    In files of reference data every field may be left out of an entry, because defaults may give it.
    """
    paper = _entry(Reference, get_type_hints(Reference, include_extras=True))
    hints = get_type_hints(FieldResult, include_extras=True)
    del hints["reference"]
    field = _entry(FieldResult, {"references": _IDENTIFIERS, **hints})
    return {
        "paper.json": _schema("Results of the paper", ReferenceFile[paper]),  # type: ignore[valid-type]
        "field.json": _schema("Results of others", ReferenceFile[field]),  # type: ignore[valid-type]
        "baseline.json": _schema("An accepted baseline", BaselineDocument),
        "speed.json": _schema("An accepted record of speed", SpeedRecord),
        "speed_growth.json": _schema("An accepted record of how time grows", GrowthRecord),
    }


def texts() -> dict[str, str]:
    """Returns the content of each file of a schema."""
    return {name: f"{_text(schema)}\n" for name, schema in schemas().items()}


def _entry(kind: type, hints: Mapping[str, Any]) -> type:
    """Returns a type with the description of `kind` and these fields, all of which are optional."""
    fields = [(name, hint | msgspec.UnsetType, msgspec.UNSET) for name, hint in hints.items()]
    return msgspec.defstruct("Entry", fields, namespace={"__doc__": kind.__doc__}, forbid_unknown_fields=True)


def _schema(title: str, kind: Any) -> dict[str, Any]:
    (root,), definitions = msgspec.json.schema_components([kind])
    for definition in definitions.values():
        _describe(definition)
    for value in definitions.get("Metric", {}).get("properties", {}).values():
        if value.get("type") == "number":
            value["type"], value["pattern"] = ["number", "string"], f"^({'|'.join(NON_FINITE)})$"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **root, "$defs": definitions}


def _describe(definition: dict[str, Any]) -> None:
    """Moves the descriptions of fields from the docstring of their type to the fields."""
    summary, _, attributes = inspect.cleandoc(definition.get("description", "")).partition("Attributes:\n")
    if summary:
        definition["description"] = " ".join(summary.split())
    for name, description in _ATTRIBUTE.findall(inspect.cleandoc(attributes)):
        if name in definition["properties"]:
            text = " ".join(description.split()).replace("None", "null")
            definition["properties"][name]["description"] = text


def _text(value: Any, indent: str = "") -> str:
    """Returns JSON in which everything that fits stands on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) < _WIDTH or not value or not isinstance(value, dict | list):
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_text(entry, inner)}" for key, entry in value.items()]
    else:
        parts = [_text(entry, inner) for entry in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{last}"


if __name__ == "__main__":
    for file, content in texts().items():
        (FOLDER / file).write_text(content, encoding="utf-8")
