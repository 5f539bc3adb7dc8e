"""A page taken apart: its elements, its text, its scripts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br"}


@dataclass
class Element:
    """One element with its attributes and all the text inside it."""

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
        """Notes an element and, unless it is void, waits for its end."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element that ends where it starts."""
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Ends the innermost element, which must have that tag."""
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Adds text to every element around it."""
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        """All elements with that tag."""
        return [element for element in self.elements if element.tag == tag]

    def having(self, attribute: str) -> list[Element]:
        """All elements with that attribute."""
        return [element for element in self.elements if attribute in element.attributes]

    def values(self, attribute: str) -> list[str]:
        """All values of that attribute."""
        return [element.attributes[attribute] for element in self.having(attribute)]
