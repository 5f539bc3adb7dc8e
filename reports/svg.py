"""The smallest possible way to write SVG: escaped elements as strings."""

from markupsafe import Markup


def element(name: str, *children: str, **attributes: object) -> Markup:
    """One SVG element; text and attribute values are escaped.

    Args:
        name: Tag name.
        *children: Text, or elements made by this function.
        **attributes: Attributes; an underscore stands for a hyphen, a trailing one is dropped (`class_`),
            numbers are rounded to a tenth of a pixel.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value)) for key, value in attributes.items()
    )
    if not children:
        return Markup("<{}{}/>").format(Markup(name), written)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, Markup("").join(children))


def drawing(width: float, height: float, label: str, *children: str, class_: str) -> Markup:
    """A whole SVG image with an accessible name, in units that the page scales to its column."""
    view_box = f"0 0 {width:g} {height:g}"
    return element("svg", *children, class_=class_, viewBox=view_box, role="img", aria_label=label)


def path(points: list[list[tuple[float, float]]]) -> str:
    """Path data of several separate lines, each a list of (x, y)."""
    return "".join(
        "".join(f"{'L' if index else 'M'}{_value(x)} {_value(y)}" for index, (x, y) in enumerate(line))
        for line in points
    )


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
