"""Builds one self-contained HTML file, and a JSON file with the same content, from report data."""

import base64
import hashlib
import json
import math
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import (
    agreement,
    chart_elements,
    charts,
    comparisons,
    experiments,
    formatting,
    history,
    matrices,
    panels,
    seed_strips,
    summary,
    verdicts,
)

# What the report data may leave out.
_OPTIONAL: Mapping[str, Any] = MappingProxyType(
    {
        "headline": "",
        "against": None,
        "history": None,
        **dict.fromkeys(("findings", "tallies", "tables", "disagreements", "links", "tasks", "filmstrips"), ()),
        **dict.fromkeys(("groups", "glossary"), MappingProxyType({})),
    }
)
_TEMPLATES = Path(__file__).parent / "templates"


class ReportError(Exception):
    """The report cannot be written; the message is one line that names the folder."""


def build(data: Mapping[str, Any], folder: Path) -> Path:
    """Writes `index.html`, `report.json` and, if the data have a badge, `badge.json` into a folder, all atomically.

    Args:
        data: The report data. Required are `title`, `generated`, `commit`, `rows`, `experiments`, `figures`,
            `comparisons` and `pictures`. Optional are `verdicts` (all verdict words, worst first), `groups` (titles
            for groups of references, by the first part of their ids), `glossary` (explanations by term), `headline`
            and `findings` (sentences for the top), `tallies` (outcomes by table and figure), `tables` (ids of
            references in rows and columns), `disagreements`, `links`, `filmstrips` (rows of rendered pictures, or why
            they are left out), `speed` (`tables` of speed comparisons and `charts` of growth), `tasks` (a sample task
            of each family), `history` (versions of the accepted baselines, and a note), `badge` (for shields.io) and
            `against` (changes since an earlier report). `rows` are in the order of the paper.
        folder: Output folder; created if it does not exist.

    Returns:
        The path of the HTML file.

    Raises:
        ReportError: The folder cannot be written.
    """
    data = _without_infinities(data)
    page, twin = render(data), json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "report.json", twin)
        if badge := data.get("badge"):
            _write(folder / "badge.json", json.dumps(badge) + "\n")
        _write(folder / "index.html", page)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReportError(f"cannot write the report into '{folder}': {reason}") from error
    return folder / "index.html"


def render(data: Mapping[str, Any]) -> str:
    """Returns the HTML page; the same data always give the same page."""
    style = _TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")
    script = "".join(_TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in ("filters.js", "sorting.js"))
    data = {**_OPTIONAL, **data}
    listed = summary.listed(data)
    groups, order = summary.groups({**data, "rows": listed}), verdicts.ordered(data)
    by_id = {group.id: group for group in groups}
    template = _environment().get_template("report.html.j2")
    return template.render(
        data=data,
        tallies={tally["group"]: tally for tally in data.get("tallies") or ()},
        tables=matrices.matrices(data),
        sections=summary.sections(data),
        statements=matrices.cells(summary.statements(data)),
        counts=summary.counts((entry.row for group in groups for entry in group.entries), order),
        groups=groups,
        listed=[row["reference"] for row in listed],
        groups_of_paper=[by_id[name] for name in dict.fromkeys(map(summary.group_of, listed))],
        explained=order,
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    modules = (
        *(agreement, chart_elements, charts, comparisons, experiments, formatting, history),
        *(panels, seed_strips, summary, verdicts),
    )
    environment.globals.update({module.__name__.rpartition(".")[2]: module for module in modules})
    return environment


def _without_infinities(value: Any) -> Any:
    """Returns the value with null in place of numbers that JSON cannot represent."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _without_infinities(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(item) for item in value]
    return value


def _write(path: Path, text: str) -> None:
    """Replaces a file atomically, so that no reader sees an incomplete one. A link is replaced, not followed."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            file.write(text)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
