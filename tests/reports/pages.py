"""A parser for the HTML of a report."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img"}


@dataclass
class Element:
    """One element with its attributes and the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Parses HTML into a flat list of elements, in the order of their start tags."""

    source: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Adds an element and, unless it is void, keeps it open until its end tag."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Adds an element that has no end tag."""
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Closes the innermost element, which must have that tag."""
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Adds text to every open element."""
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        """Returns all elements with a tag."""
        return [element for element in self.elements if element.tag == tag]

    def having(self, attribute: str) -> list[Element]:
        """Returns all elements with an attribute."""
        return [element for element in self.elements if attribute in element.attributes]

    def values(self, attribute: str) -> list[str]:
        """Returns all values of an attribute."""
        return [element.attributes[attribute] for element in self.having(attribute)]
