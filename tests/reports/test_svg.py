"""SVG elements as strings."""

from xml.etree import ElementTree

from reports.svg import drawing, element, path


def test_text_and_attributes_are_escaped() -> None:
    written = element("text", "<script>", element("title", "a & b"), class_='"x" <y>')
    parsed = ElementTree.fromstring(written)
    assert parsed.text == "<script>"
    assert parsed.attrib == {"class": '"x" <y>'}
    assert parsed[0].text == "a & b"


def test_numbers_are_rounded_and_names_get_hyphens() -> None:
    assert element("path", d="M0 0", stroke_width=1.26, x=3.0) == '<path d="M0 0" stroke-width="1.3" x="3"/>'


def test_a_drawing_has_a_name_and_a_size() -> None:
    parsed = ElementTree.fromstring(drawing(200, 40, "seeds <1>", element("g"), class_="strip"))
    assert parsed.attrib["role"] == "img"
    assert parsed.attrib["aria-label"] == "seeds <1>"
    assert parsed.attrib["viewBox"] == "0 0 200 40"


def test_path_lifts_the_pen_between_lines() -> None:
    assert path([[(0.0, 1.0), (2.0, 3.0)], [(4.0, 5.0)]]) == "M0 1L2 3M4 5"
