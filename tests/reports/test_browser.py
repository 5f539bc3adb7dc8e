"""Tests of the report in a real browser: filters, narrow windows, the dark theme and an empty console."""

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reports
from tests.reports.pages import Page
from tests.reports.sample import sample

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_BROWSER = next(filter(None, map(shutil.which, _NAMES)), None)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
    "--dump-dom",
)
# Seconds for one visit. A busy machine may need minutes, and a test makes at most two visits.
_PATIENCE = 400
_PHONE = 390
_FRAME = f"""<!DOCTYPE html>
<html>
<head>
<script>
addEventListener("message", (event) => {{
  document.querySelector("output").textContent = JSON.stringify(event.data);
}});
</script>
</head>
<body>
<iframe src="copy.html" width="{_PHONE}" height="800"></iframe>
<output></output>
</body>
</html>
"""

pytestmark = [
    pytest.mark.skipif(_BROWSER is None, reason=f"none of {', '.join(_NAMES)} is on PATH"),
    pytest.mark.timeout(2 * _PATIENCE + 100),
]

Visit = Callable[..., tuple[Page, list[str]]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reports.build(sample(), tmp_path_factory.mktemp("site"))


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    """Opens a page and returns the resulting page, and what the browser wrote to its console."""

    def visit(path: Path, state: str = "", *flags: str) -> tuple[Page, list[str]]:
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [str(_BROWSER), *_FLAGS, profile, *flags, path.as_uri() + state]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=True)
        return Page(done.stdout), [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return visit


@pytest.fixture
def measure(report: Path, tmp_path: Path, visit: Visit) -> Callable[..., Any]:
    """Runs a JavaScript expression in a copy of the report, inside a frame as wide as a phone."""

    def measure(expression: str, *flags: str) -> Any:
        page = re.sub(r"<meta http-equiv=[^>]*>", "", report.read_text(encoding="utf-8"))
        probe = f"<script>addEventListener('load', () => parent.postMessage({expression}, '*'))</script>"
        (tmp_path / "copy.html").write_text(page.replace("</body>", f"{probe}</body>"), encoding="utf-8")
        frame = tmp_path / "frame.html"
        frame.write_text(_FRAME, encoding="utf-8")
        dumped, console = visit(frame, "", *flags)
        assert console == []
        return json.loads(dumped.all("output")[0].text)

    return measure


def shown(page: Page) -> list[str]:
    return [
        item.attributes["data-reference"] for item in page.having("data-reference") if "hidden" not in item.attributes
    ]


def test_the_console_stays_quiet_and_everything_is_shown(report: Path, visit: Visit) -> None:
    page, console = visit(report)
    assert console == []
    assert len(shown(page)) == len(sample()["rows"])
    (filters,) = (item for item in page.all("form") if item.attributes["id"] == "filters")
    assert "hidden" not in filters.attributes


@pytest.mark.parametrize(
    ("state", "references"),
    [
        ("#verdict=below", ["table-2/pretrain/5-steps"]),
        ("#verdict=not-run&group=table-1", ["table-1/maml/omniglot-20-way-1-shot"]),
        ("#text=MEAN+over+points", ["table-2/pretrain/5-steps"]),
        ("#verdict=failed&group=table-1", []),
    ],
)
def test_a_shared_link_shows_only_what_it_asks_for(
    report: Path, visit: Visit, state: str, references: list[str]
) -> None:
    page, console = visit(report, state)
    assert console == []
    assert shown(page) == references
    groups = [item.attributes["data-group"] for item in page.having("data-group") if "hidden" not in item.attributes]
    assert groups == [name.partition("/")[0] for name in references]
    assert page.all("output")[0].text == f"{len(references)} of {len(sample()['rows'])} references shown"


def test_a_link_into_something_folded_opens_it(report: Path, visit: Visit) -> None:
    page, console = visit(report, "#reference:table-2/pretrain/5-steps")
    assert console == []
    opened = [item.attributes for item in page.all("details") if "open" in item.attributes]
    assert [attributes.get("data-group") for attributes in opened] == ["table-2"]


@pytest.mark.parametrize(("state", "hidden"), [("#verdict=below", True), ("#text=zebra", False)])
def test_a_search_without_results_says_so(report: Path, visit: Visit, state: str, hidden: bool) -> None:
    page, _ = visit(report, state)
    (nothing,) = (item for item in page.all("p") if item.attributes.get("class") == "nothing")
    assert ("hidden" in nothing.attributes) == hidden


def test_choosing_a_filter_writes_a_link_to_share(measure: Callable[..., Any]) -> None:
    states = measure(
        """[["not-run", "MAML, Omni"], ["", ""]].map(([verdict, text]) => {
          const form = document.getElementById("filters");
          form.elements.verdict.value = verdict;
          form.elements.text.value = text;
          form.dispatchEvent(new Event("input"));
          return [location.hash, document.querySelectorAll("[data-reference]:not([hidden])").length];
        })"""
    )
    assert states == [["#verdict=not-run&text=MAML%2C+Omni", 1], ["", len(sample()["rows"])]]


def sorted_by(column: int) -> str:
    """Returns an expression: the paper's numbers of Table 2 and `aria-sort` after 0, 1, 2 and 3 clicks on a column."""
    return f"""[0, 1, 2, 3].map((clicks) => {{
      const table = document.querySelector("[data-group='table-2'] table");
      const head = table.tHead.rows[0].cells[{column}];
      if (clicks) head.querySelector("button").click();
      const texts = [...table.tBodies].map((body) => body.querySelector(".value").textContent);
      return [head.getAttribute("aria-sort"), texts];
    }})"""


def test_a_column_sorts_upwards_then_downwards_and_then_no_more(measure: Callable[..., Any]) -> None:
    first, upwards, downwards, last = measure(sorted_by(1))
    assert first == last == ["none", ["7.18", "0.67", "2.23", "2.19", "0.38"]]
    assert upwards == ["ascending", ["0.38", "0.67", "2.19", "2.23", "7.18"]]
    assert downwards == ["descending", ["7.18", "2.23", "2.19", "0.67", "0.38"]]


def test_empty_cells_are_last_in_both_directions(measure: Callable[..., Any]) -> None:
    _, upwards, downwards, _ = measure(sorted_by(3))
    assert upwards[1] == ["0.38", "0.67", "2.23", "2.19", "7.18"]
    assert downwards[1] == ["2.19", "2.23", "0.67", "0.38", "7.18"]


def test_a_column_of_text_sorts_by_the_alphabet(measure: Callable[..., Any]) -> None:
    _, upwards, *_ = measure(sorted_by(0))
    assert upwards[1] == ["0.67", "0.38", "7.18", "2.19", "2.23"]


def test_a_phone_shows_the_page_without_scrolling_sideways(measure: Callable[..., Any]) -> None:
    window, page, too_wide = measure(
        """(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
          const root = document.documentElement;
          const outside = [...document.body.querySelectorAll("*")]
            .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 0.5)
            .filter((element) => !element.closest(".scroll, .unseen, svg, thead, nav"));
          return [innerWidth, root.scrollWidth, outside.map((element) => element.outerHTML)];
        })()"""
    )
    assert window == _PHONE
    assert too_wide == []
    assert page <= _PHONE


def test_on_a_phone_every_reference_is_a_card_of_its_own(measure: Callable[..., Any]) -> None:
    cards = measure(
        """(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
          return [...document.querySelectorAll("[data-reference]")].map((row) => {
            const box = row.getBoundingClientRect();
            return [box.width, box.top, box.bottom];
          });
        })()"""
    )
    assert all(width > 0.85 * _PHONE for width, _, _ in cards)
    assert all(before[2] < after[1] - 10 for before, after in itertools.pairwise(cards))


def test_dark_colours_follow_the_reader(measure: Callable[..., Any]) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    assert measure(background) == "rgb(253, 252, 249)"
    assert measure(background, "--blink-settings=preferredColorScheme=0") == "rgb(22, 24, 27)"
