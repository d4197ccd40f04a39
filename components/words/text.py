"""Text that is safe to show: names from file systems, numbers, and counted nouns."""

import math
import os
from typing import Any

from markupsafe import Markup

ROUNDING = 1e-12  # of shares and scores in float64, whose parts are of the size of 1
MINUS = "−"
LONGEST = 160  # characters of a path or a value that are shown


def printable(value: str | bytes) -> str:
    """Text without lone surrogates, control or direction characters: `\\xff` stands for such a byte.

    File names that are not UTF-8 reach Python with surrogates in them, which no page can hold, and a
    right-to-left mark in a name can make `photo_gpj.exe` look like `photo_exe.jpg`.
    """
    text = os.fsdecode(value) if isinstance(value, bytes) else value
    try:
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: Any) -> Any:
    """The value as a template prints it: text is made printable, markup and numbers stay as they are."""
    if isinstance(value, Markup) or not isinstance(value, (str, bytes)):
        return "" if value is None else value
    return printable(value)


def shortened(value: str | bytes, longest: int = LONGEST) -> str:
    """Printable text of at most `longest` characters, cut in the middle: the end of a path matters most."""
    text = printable(value)
    if len(text) <= longest:
        return text
    head = longest // 3
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def is_number(value: Any) -> bool:
    """True for a finite number (bool excluded)."""
    try:
        return not isinstance(value, (bool, str, bytes)) and math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def whole(value: Any) -> str:
    """1,234 for 1234; a dash if there is no number."""
    return f"{round(float(value)):,}".replace("-", MINUS) if is_number(value) else "–"


def decimal(value: Any, places: int = 3) -> str:
    """0.123 for 0.1234; a dash if there is no number; more places if the value is very small.

    What is nearer to zero than ROUNDING is zero that was not added up exactly.
    """
    if not is_number(value):
        return "–"
    number = float(value)
    if abs(number) < ROUNDING:
        number = 0.0
    if number and abs(number) < 10**-places:
        return f"{number:.2g}".replace("-", MINUS)
    return f"{number:,.{places}f}".replace("-", MINUS)


def compact(value: float) -> str:
    """A tick's text: 12.5k for 12500, 0.002 for 0.002."""
    size = abs(value)
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            return f"{value / (limit if letter != 'k' else 1e3):.4g}{letter}".replace("-", MINUS)
    return f"{value:.4g}".replace("-", MINUS)


def counted(n: Any, noun: str, plural: str | None = None) -> str:
    """'1 file', '2 files'."""
    return f"{whole(n)} {noun if n == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """'4.2 s', '42 s', '3.3 min', '2.1 h'."""
    size, unit = (1, "s") if seconds < 90 else (60, "min") if seconds < 5400 else (3600, "h")
    value = seconds / size
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"


def listed(words: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def value_text(value: Any) -> str:
    """A setting as a table shows it: no quotes round text, numbers as Python writes them."""
    if value is None:
        return "none"
    return shortened(value if isinstance(value, (str, bytes)) else repr(value), 400)
