"""Report data in, one self-contained HTML file and its JSON twin out."""

import base64
import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import charts, comparisons, formatting, marks, pictures, runs, settings, strips, summary, verdicts
from reports.errors import ReportError

_TEMPLATES = Path(__file__).parent / "templates"


def build(data: Mapping[str, Any], folder: Path) -> Path:
    """Writes `index.html` and `report.json` into a folder, each at once or not at all.

    Args:
        data: The report data: title, rows, experiments, figures, comparisons and pictures.
        folder: Where to write; made if it is not there.

    Returns:
        The path of the HTML file.

    Raises:
        ReportError: If the folder cannot be written.
    """
    data = _strict(data)
    page, twin = render(data), json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "report.json", twin)
        _write(folder / "index.html", page)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReportError(f"cannot write the report into '{folder}': {reason}") from error
    return folder / "index.html"


def render(data: Mapping[str, Any]) -> str:
    """The HTML page; the same data give the same page."""
    style = _TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")
    script = _TEMPLATES.joinpath("filters.js").read_text(encoding="utf-8")
    groups = summary.groups(data["rows"])
    template = _environment().get_template("report.html.j2")
    return template.render(
        data=data,
        headline=summary.headline(data["rows"]),
        counts=summary.counts(entry.row for group in groups for entry in group.entries),
        groups=groups,
        contents=sorted(groups, key=lambda group: summary.in_paper_order(group.id)),
        explained=verdicts.VERDICTS,
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
    modules = (charts, comparisons, formatting, marks, pictures, runs, settings, strips, summary, verdicts)
    environment.globals.update({module.__name__.rpartition(".")[2]: module for module in modules})
    return environment


def _strict(value: Any) -> Any:
    """The same value with null for numbers that JSON cannot write."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value


def _write(path: Path, text: str) -> None:
    """Replaces a file in one step, so that no reader ever sees half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
