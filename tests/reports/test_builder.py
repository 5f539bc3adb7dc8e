"""Tests of the whole page: its content, accessibility and safety, and how it is written."""

import itertools
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reports
from reports import builder, verdicts
from tests.reports.pages import Page
from tests.reports.sample import record, sample
from tests.reports.sample_rows import row


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(builder.render(sample()))


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Returns the data with every leaf changed, except leaves that are chosen and not measured."""
    if isinstance(value, dict):
        chosen = ("x", "truth", "support")
        return {key: item if key in chosen else mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [mapped(item, change) for item in value]
    return change(value)


def visible(page: Page) -> str:
    body = page.all("body")[0].text
    return body.replace(page.all("script")[0].text, "")


def test_every_reference_appears_once(page: Page) -> None:
    expected = Counter(item["reference"] for item in sample()["rows"])
    assert Counter(page.values("data-reference")) == expected


def test_the_summary_counts_every_verdict_worst_first_and_links_to_its_filter(page: Page) -> None:
    links = [
        (item.attributes["href"], int(item.text.split()[-1]))
        for item in page.all("a")
        if item.attributes["href"].startswith("#verdict=")
    ]
    counted = Counter(verdicts.verdict(item["verdict"]).slug for item in sample()["rows"])
    assert links == [(f"#verdict={verdict.slug}", counted[verdict.slug]) for verdict in verdicts.VERDICTS]


def test_rows_are_sorted_worst_first_inside_their_group(page: Page) -> None:
    table_2 = [name for name in page.values("data-reference") if name.startswith("table-2/")]
    assert table_2 == [
        "table-2/multi-task-l2/1-step",
        "table-2/maml/1-step",
        "table-2/pretrain/5-steps",
        "table-2/pretrain/10-steps",
        "table-2/maml/5-steps",
    ]


def test_every_row_shows_paper_field_ours_difference_verdict_and_command(page: Page) -> None:
    (text,) = (item.text for item in page.elements if item.attributes.get("data-reference") == "table-2/maml/5-steps")
    for expected in (
        "0.38",
        "0.67",
        "63days/Meta-SGD",
        "10 points, 1 step",
        "0.398",
        "± 0.052",
        "± 0.031",
        "+0.3",
        "reproduced",
    ):
        assert expected in text
    assert "python -m benchmarks run sinusoid/maml --scale paper --reading code --seeds 0-2" in text
    assert "1 min 24 s" in text


def test_every_footnote_is_written_once_and_linked(page: Page) -> None:
    notes = [item for item in page.all("li") if item.attributes.get("id", "").startswith("footnote:table-2:")]
    assert len({item.text for item in notes}) == len(notes) == 3
    pointed = {link for link in page.values("href") if link.startswith("#footnote:table-2:")}
    assert pointed == {f"#{item.attributes['id']}" for item in notes}


def test_an_experiment_shows_settings_seeds_metrics_and_provenance(page: Page) -> None:
    article = next(item for item in page.all("details") if item.attributes.get("id") == "experiment:sinusoid/maml")
    for expected in (
        "inner loop › learning rate",
        "70 000",
        "definition 3fa9c07d1be2",
        "diverged tasks in 2 seeds",
        "k-20/10-steps",
        "4be1f1c9a9d0 with uncommitted changes seed 2",
        "tensorflow 2.21.0",
        "diverged37",
    ):
        assert expected in re.sub(r"\s+", " ", article.text.replace("\u202f", " ")), expected


def test_only_a_reduced_run_shows_its_scale(page: Page) -> None:
    cells = [item.text.strip() for item in page.all("td") if item.attributes.get("data-label") == "Ours"]
    (reduced,) = (text for text in cells if "scale" in text)
    assert reduced.startswith("80.4")
    assert reduced.endswith("desktop scale")


def test_a_row_shows_all_its_protocols(page: Page) -> None:
    (shown,) = (item for item in page.all("dl") if item.attributes.get("aria-label") == "All protocols")
    text = re.sub(r"\s+", " ", shown.text)
    assert "paper protocol80.40 ± 1.70 % 600 tasks, 1 query example per class" in text
    assert "tight protocol78.10 ± 0.50 % 2 000 tasks, 15 query examples per class" in text


def test_an_experiment_has_its_charts_and_the_time_spent_on_data(page: Page) -> None:
    article = next(item for item in page.all("details") if item.attributes.get("id") == "experiment:sinusoid/maml")
    assert "Meta-training, paper scale" in article.text
    assert "Waiting for data" in article.text
    assert "4.3 %" in article.text
    assert "figure:sinusoid/maml/loss" in page.values("id")


def test_the_summary_has_a_headline_findings_and_a_line_for_each_table(page: Page) -> None:
    text = re.sub(r"\s+", " ", visible(page))
    assert "Of 12 distinct numbers, 4 were measured as published: 2 reproduced." in text
    assert "The stated inner learning rate diverges on 51 of 6,000 test tasks." in text
    assert "1 of 5 reproduced, 1 better than published, 3 failed" in text
    assert "#table-2" in page.values("href")


def test_a_cell_shows_paper_ours_verdict_and_reason_and_leads_to_its_row(page: Page) -> None:
    leading = (item for item in page.all("a") if item.attributes["href"] == "#reference:table-2/maml/5-steps")
    cell = re.sub(r"\s+", " ", next(leading).text)
    for expected in ("0.38", "0.398", "± 0.052 tasks", "± 0.031 seeds", "✓ reproduced"):
        assert expected in cell


def test_places_where_text_and_code_differ_show_their_effect(page: Page) -> None:
    text = re.sub(r"\s+", " ", visible(page))
    assert "2 places, 1 of them with a measured effect" in text
    assert "paper scale, 10 seeds" in text
    assert "1 places without a measured effect" not in text
    assert "1 place without a measured effect" in text


def test_changes_since_an_earlier_report_have_a_section(page: Page) -> None:
    assert "changes" not in page.values("id")
    state = {
        "ours": 0.41,
        "verdict": "inconclusive",
        "reason": "agrees; 1 seed, 3 needed",
        "seeds": 1,
        "scale": "paper",
    }
    change = {"reference": "table-2/maml/5-steps", "title": "MAML, 5 steps", "before": state, "after": None}
    against = {"generated": "2025-11-20T08:05:00+00:00", "commit": "abc", "changes": [change]}
    text = re.sub(r"\s+", " ", visible(Page(builder.render(sample() | {"against": against}))))
    assert "Compared with the report of 20 November 2025, 08:05 UTC at commit abc." in text
    assert "0.410 ? inconclusive agrees; 1 seed, 3 needed" in text
    unchanged = Page(builder.render(sample() | {"against": against | {"changes": []}}))
    assert "No number and no verdict changed." in visible(unchanged)


def test_all_details_are_folded(page: Page) -> None:
    assert not [item for item in page.all("details") if "open" in item.attributes]


def test_comparisons_have_their_own_section(page: Page) -> None:
    (figure,) = (item for item in page.all("figure") if item.attributes["id"] == "comparison:normalisation")
    assert "Bars are 95 % intervals over tasks." in figure.text
    assert "#comparisons" in page.values("href")
    without = Page(builder.render(sample() | {"comparisons": []}))
    assert "#comparisons" not in without.values("href")


def test_ids_are_unique_and_links_inside_the_page_resolve(page: Page) -> None:
    ids = page.values("id")
    assert not [name for name, times in Counter(ids).items() if times > 1]
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(ids)
    assert "#experiment:sinusoid/maml" in page.values("href")
    assert "#reference:table-2/pretrain/10-steps" in page.values("href")


def test_nothing_is_loaded_from_outside(page: Page) -> None:
    for attribute in ("src", "srcset", "poster", "action", "data", "xlink:href"):
        assert page.values(attribute) == []
    links = {item.attributes["href"] for item in page.all("a")}
    outside = {link for link in links if not link.startswith("#")} - {"report.json"}
    repositories = {f"https://github.com/{name}" for name in ("cbfinn/maml", "63days/Meta-SGD", "potsawee/maml")}
    assert outside == {"https://arxiv.org/abs/1703.03400"} | repositories
    assert {item.attributes["href"] for item in page.all("link")} == {"data:,"}
    assert len(re.findall(r"https?:", page.source)) == len([link for link in page.values("href") if link in outside])
    assert not re.search(r"@import|url\(|@font-face", page.source)


def test_the_content_policy_forbids_loading_and_allows_one_script(page: Page) -> None:
    policy = next(item.attributes["content"] for item in page.all("meta") if "http-equiv" in item.attributes)
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.partition("script-src")[2]


def test_without_javascript_every_row_is_shown_and_the_filters_are_not(page: Page) -> None:
    assert [item.attributes.get("id", item.tag) for item in page.having("hidden")] == ["filters", "p"]


def test_the_page_is_accessible(page: Page) -> None:
    assert page.all("html")[0].attributes["lang"] == "en"
    assert len(page.all("h1")) == 1
    for drawing in page.all("svg"):
        named = drawing.attributes.get("aria-label") and drawing.attributes.get("role") == "img"
        assert named or "aria-hidden" in drawing.attributes or "viewbox" not in drawing.attributes
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in item.attributes for item in page.all("th"))
    levels = [int(item.tag[1]) for item in page.elements if re.fullmatch("h[1-6]", item.tag)]
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_every_string_of_the_data_is_escaped() -> None:
    hostile = "<script>alert('x')</script>\"'&<img src=x onerror=alert(1)>"
    page = Page(builder.render(mapped(sample(), lambda leaf: leaf + hostile if isinstance(leaf, str) else leaf)))
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert page.all("img") == []
    assert page.values("onerror") == []
    assert page.source.count("&lt;script&gt;") > 100


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None])
def test_numbers_that_are_not_finite_read_as_words(bad: float | None, tmp_path: Path) -> None:
    data = mapped(sample(), lambda leaf: bad if isinstance(leaf, float) else leaf)
    page = Page(reports.build(data, tmp_path).read_text(encoding="utf-8"))
    assert not re.search(r"\b(nan|inf|infinity|none|null|undefined)\b", visible(page), re.IGNORECASE)
    drawn = " ".join(page.values("d") + page.values("cx") + page.values("cy") + page.values("aria-label"))
    assert not re.search(r"nan|inf|None", drawn)
    json.loads((tmp_path / "report.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_a_huge_number_is_written_as_a_power_of_ten(page: Page) -> None:
    assert "4.7×10¹⁴" in visible(page)


def test_the_json_file_equals_the_data(tmp_path: Path) -> None:
    reports.build(sample(), tmp_path)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == sample()


def test_the_same_data_give_the_same_files(tmp_path: Path) -> None:
    first, second = (reports.build(sample(), tmp_path / name) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert (first.parent / "report.json").read_bytes() == (second.parent / "report.json").read_bytes()


def test_a_report_replaces_the_one_before_and_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old", encoding="utf-8")
    path = reports.build(sample(), tmp_path)
    assert path == tmp_path / "index.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["index.html", "report.json"]


def test_a_badge_of_the_data_is_a_file_of_its_own(tmp_path: Path) -> None:
    badge = {"schemaVersion": 1, "label": "reproduced", "message": "7 of 107 numbers", "color": "blue"}
    reports.build(sample() | {"badge": badge}, tmp_path)
    assert json.loads((tmp_path / "badge.json").read_text(encoding="utf-8")) == badge


def test_a_report_interrupted_while_writing_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports.build(sample(), tmp_path)
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(reports.ReportError, match="No space left on device"):
        reports.build(sample() | {"title": "new"}, tmp_path)
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == before


@pytest.mark.parametrize("folder", ["file", "file/below", "taken"])
def test_a_folder_that_cannot_be_written_is_named_in_one_line(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "taken" / "index.html").mkdir(parents=True)
    with pytest.raises(reports.ReportError, match="cannot write the report into") as caught:
        reports.build(sample(), tmp_path / folder)
    assert f"'{tmp_path / folder}'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_report_without_content_is_still_a_page() -> None:
    empty: dict[str, Any] = {"rows": [], "experiments": [], "figures": [], "pictures": [], "tallies": []}
    page = Page(builder.render(sample() | empty))
    assert "This report has no references" in visible(page)
    assert "#figures" not in page.values("href")


def test_the_full_catalogue_stays_below_two_megabytes() -> None:
    data = sample()
    measured = next(item for item in data["rows"] if item["reference"] == "table-2/maml/5-steps")
    measured = measured | {"per_seed": [0.3 + 0.01 * seed for seed in range(10)], "seeds": 10}
    data["rows"] = [measured | {"reference": f"table-2/maml/{index}-steps"} for index in range(250)]
    data["rows"] += [row(f"table-1/maml/{index}", "MAML", "not run", paper=98.7) for index in range(50)]
    runs = [record("sinusoid/maml", reading, seed) for reading in ("code", "text") for seed in range(10)]
    data["experiments"] = [data["experiments"][0] | {"id": f"sinusoid/{n}", "runs": runs} for n in range(15)]
    data["figures"] = [data["figures"][0] | {"id": f"figure-6/{index}"} for index in range(12)]
    assert len(builder.render(data).encode()) < 2_000_000
