"""The section about speed: a table for each comparison, and charts of growth."""

from reports.builder import render
from tests.reports.pages import Page
from tests.reports.sample import sample
from tests.reports.sample_speed import speed


def page(**changes: object) -> Page:
    return Page(render(sample() | changes))


def test_each_side_has_a_line_with_time_ratio_memory_share_and_difference() -> None:
    tables = [element for element in page(speed=speed()).elements if element.tag == "table"]
    (text,) = (table.text for table in tables if "torch-vmap" in table.text)
    assert "ours this library, exact181 ms163 ms to 217 ms—1.2 GB47.0 %—" in text
    assert "torch-vmap PyTorch, torch.func.vmap of grad381 ms343 ms to 457 ms2.101.2 GB22.0 %3.2×10⁻⁶" in text


def test_what_was_left_out_and_the_command_are_shown() -> None:
    texts = [element.text for element in page(speed=speed()).elements if element.tag in ("p", "code")]
    assert "python -m benchmarks speed omniglot" in texts
    assert any(text.startswith("higher needs torch and higher") for text in texts)


def test_an_id_has_no_space_so_that_links_can_name_it() -> None:
    ids = [element.attributes["id"] for element in page(speed=speed()).elements if "id" in element.attributes]
    assert "speed:omniglot-gpu" in ids
    assert not [each for each in ids if not each or " " in each]


def test_growth_is_a_chart_with_both_sides() -> None:
    figures = {element.attributes.get("id"): element for element in page(speed=speed()).elements}
    chart = figures["figure:speed/omniglot-by-steps/time"]
    assert "ours" in chart.text
    assert "torch-vmap" in chart.text


def test_without_records_there_is_no_section_and_no_link() -> None:
    nothing: tuple[dict[str, object], ...] = ({}, {"speed": {"tables": [], "charts": []}})
    for changes in nothing:
        elements = page(**changes).elements
        assert not [each for each in elements if "speed" in (each.attributes.get("id"), each.attributes.get("href"))]
        assert "#speed" not in [each.attributes.get("href") for each in elements]


def test_a_workload_is_folded_under_its_time_and_ratios() -> None:
    summaries = [element.text for element in page(speed=speed()).elements if element.tag == "summary"]
    assert "181 ms a meta-iteration; others take 2.10 times as long" in summaries
