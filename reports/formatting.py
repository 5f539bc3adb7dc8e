"""Numbers, times and settings as text for readers."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

ABSENT = "—"
DIVERGED = "diverged"

_SOURCE = re.compile(
    r"arXiv:(?P<paper>\d{4}\.\d{4,5})"
    r"|(?<![\w./-])(?P<repository>[A-Za-z0-9][\w-]*/[A-Za-z][\w-]*[A-Za-z0-9])(?:(?:#| issue )(?P<thread>\d+))?"
    r"(?![\w/]|\.\w)"
)
_MINUS = "−"
_NARROW_SPACE = "\u202f"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGEST_PLAIN = 1e5
_LARGEST_COUNT = 1e7  # For whole numbers, such as parameter counts.
_SMALLEST_PLAIN = 1e-3
_MOST_DECIMALS = 5


def number(value: float | None) -> str:
    """Formats a measured number with about three significant digits, or with a power of ten if it is huge or tiny.

    None becomes "—", and a number that is not finite becomes "diverged".
    """
    if value is None or not math.isfinite(value):
        return _without_value(value)
    return _scientific(value) if _needs_power(value) else _fixed(value, _decimals(value))


def interval(value: float | None, half_width: float | None) -> str:
    """Formats a measured number with its half-width, both with the same decimals: "0.398 ± 0.052"."""
    if half_width is None or value is None or not math.isfinite(value):
        return number(value)
    return f"{number(value)} {half_width_of(value, half_width)}"


def half_width_of(value: float, half_width: float) -> str:
    """Formats a half-width with as many decimals as its value: "± 0.052"."""
    if not math.isfinite(half_width):
        return f"± {_without_value(half_width)}"
    if _needs_power(value) or _needs_power(half_width):
        return f"± {number(half_width)}"
    return f"± {_fixed(half_width, _decimals(value))}"


def printed(value: float | None, plus_minus: float | None = None, least_decimals: int = 0) -> str:
    """Formats a published number with exactly the published digits: "48.70 ± 1.84".

    Args:
        value: The number.
        plus_minus: Its half-width, if published.
        least_decimals: Decimals that the numbers beside it have; a final zero is not stored.
    """
    numbers = [item for item in (value, plus_minus) if item is not None]
    if value is None or any(not math.isfinite(item) or _is_large(item) for item in numbers):
        return interval(value, plus_minus)
    decimals = max(least_decimals, *(published_decimals(item) for item in numbers))
    return " ± ".join(_fixed(item, decimals) for item in numbers)


def signed(value: float | None) -> str:
    """Formats a difference with its sign: "+0.3", "−2.1", "0.0"."""
    if value is None or not math.isfinite(value):
        return _without_value(value)
    text = _scientific(value) if abs(value) >= _LARGEST_PLAIN else _fixed(value, 1)
    return text if text.startswith(_MINUS) or text == "0.0" else f"+{text}"


def count(value: float | None) -> str:
    """Formats a whole number with separated thousands: "70 000"."""
    if value is None or not math.isfinite(value):
        return _without_value(value)
    return _fixed(value, 0)


def tick(value: float) -> str:
    """Formats the label of a tick: "0.05", "20 000", "10⁶"."""
    exponent = math.log10(abs(value)) if value else 0.0
    if -4 < exponent < 5:
        return _fixed(value, published_decimals(float(f"{value:.6g}")))
    if value > 0 and abs(exponent - round(exponent)) < 1e-9:
        return f"10{str(round(exponent)).translate(_SUPERSCRIPT)}"
    return _scientific(value).replace(".0×", "×")


def duration(seconds: float | None) -> str:
    """Formats a time in a suitable unit: "400 µs", "28 s", "4 min 41 s", "2 h 05 min"."""
    if seconds is None or not math.isfinite(seconds):
        return ABSENT
    if seconds < 59.5:
        return _short_duration(seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{count(minutes // 60)} h {minutes % 60:02d} min"


def memory(size_in_bytes: float | None) -> str:
    """Formats a memory size in decimal units: "512 MB", "1.2 GB"."""
    if size_in_bytes is None or not math.isfinite(size_in_bytes):
        return ABSENT
    if size_in_bytes < 999.5e6:
        return f"{size_in_bytes / 1e6:.0f} MB"
    return f"{size_in_bytes / 1e9:.1f} GB"


def share(value: float | None) -> str:
    """Formats a fraction as a percentage: "10.4 %"."""
    return ABSENT if value is None or not math.isfinite(value) else f"{100 * value:.1f} %"


def moment(text: str) -> str:
    """Formats an ISO time as a readable date: "21 November 2025, 08:05 UTC"; other text is returned unchanged."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = f" {when.tzname()}" if when.tzinfo else ""
    return f"{when.day} {when:%B %Y, %H:%M}{zone}"


def commit(text: str) -> str:
    """Shortens the hash of a commit to twelve digits; a suffix such as "-dirty" is kept."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", text)


def cost(costs: Mapping[str, float]) -> str:
    """Lists the known costs: "46 s of meta-training, 0.64 ms per meta-iteration, 798 MB peak memory"."""
    kinds = (
        ("seconds", duration, "of meta-training"),
        ("seconds_per_iteration", duration, "per meta-iteration"),
        ("test_seconds", duration, "of meta-tests"),
        ("peak_memory_bytes", memory, "peak memory"),
    )
    return ", ".join(f"{text(costs[name])} {meaning}" for name, text, meaning in kinds if costs.get(name))


def setting(value: object) -> str:
    """Formats a setting: exact numbers, yes or no for booleans, commas between items, "—" for None."""
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else ("none" if math.isnan(value) else "unlimited")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(setting(item) for item in value) or ABSENT
    return str(value)


def linked(text: str) -> list[dict[str, str]]:
    """Splits a source into parts with their text and their address, which is empty for a part without one.

    An arXiv id and a GitHub repository, with or without the number of a thread, have addresses.
    """
    parts, end = [], 0
    for match in _SOURCE.finditer(text):
        parts += [{"text": text[end : match.start()], "url": ""}, {"text": match[0], "url": _address(match)}]
        end = match.end()
    return [part for part in [*parts, {"text": text[end:], "url": ""}] if part["text"]]


def _address(match: re.Match[str]) -> str:
    if match["paper"]:
        return f"https://arxiv.org/abs/{match['paper']}"
    thread = f"/issues/{match['thread']}" if match["thread"] else ""
    return f"https://github.com/{match['repository']}{thread}"


def _short_duration(seconds: float) -> str:
    if seconds >= 9.95:
        return f"{seconds:.0f} s"
    if seconds >= 0.9995:
        return f"{seconds:.2g} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 0.9995e-3 else f"{round(seconds * 1e6, 1):g} µs"


def _without_value(value: float | None) -> str:
    return ABSENT if value is None else DIVERGED


def _is_large(value: float) -> bool:
    return abs(value) >= (_LARGEST_COUNT if float(value).is_integer() else _LARGEST_PLAIN)


def _needs_power(value: float) -> bool:
    return _is_large(value) or 0 < abs(value) < _SMALLEST_PLAIN


def _decimals(value: float) -> int:
    """Returns the decimals for about three significant digits: two above 1, one above 100, none above 1000."""
    magnitude = abs(value)
    if magnitude >= 1:
        return 0 if magnitude >= 1000 else 1 if magnitude >= 100 else 2
    return min(2 - math.floor(math.log10(magnitude)), _MOST_DECIMALS) if magnitude else 0


def published_decimals(value: float) -> int:
    """Returns the number of decimals that a published number needs."""
    return len(f"{value:.10f}".rstrip("0").partition(".")[2])


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}".replace(",", _NARROW_SPACE)
    return text.lstrip("-") if float(f"{value:.{decimals}f}") == 0 else text.replace("-", _MINUS)


def _scientific(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}".replace("-", _MINUS, 1)
