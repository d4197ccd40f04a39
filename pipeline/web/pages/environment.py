"""Jinja2 for the pages: strict about what is missing, with the texts and the links at hand."""

from datetime import datetime
from typing import Any

from django.templatetags.static import static
from jinja2 import Environment, StrictUndefined

from pipeline.web import texts


def environment(**options: Any) -> Environment:
    """The environment of all templates; a name that is missing is an error and not an empty place."""
    made = Environment(
        **{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    )
    made.globals.update(static=static, text=texts)
    made.filters.update(
        browser=browser,
        counted=counted,
        date=date,
        stamp=stamp,
        moment=moment,
        month=month,
        percent=percent,
        size=size,
    )
    return made


def counted(number: int, text: str) -> str:
    """A text "{n} face|{n} faces" with a number in it: the first form for one, the other for the rest."""
    forms = text.split("|")
    return forms[0 if number == 1 else -1].format(n=f"{number:,}")


def percent(share: float) -> str:
    """A share from 0 to 1 in percent; 100% is said of 1 alone."""
    return f"{int(100 * share)}%"


def date(at: datetime | None) -> str:
    """A day as "3 May 2021"; "" without one."""
    return f"{at.day} {at:%b %Y}" if at else ""


def moment(at: datetime | None) -> str:
    """A day and the minute, as "3 May 2021, 14:05"; "" without one."""
    return f"{date(at)}, {at:%H:%M}" if at else ""


def month(at: datetime | None) -> str:
    """A month as "May 2021"; without one, that the date is not known."""
    return f"{at:%B %Y}" if at else texts.NO_DATE


def stamp(at: datetime | None) -> str:
    """A moment as programs read it."""
    return at.isoformat() if at else ""


def browser(agent: str) -> str:
    """A browser and its system out of what it calls itself, as "Firefox, Linux"; "" for neither."""
    programs = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    systems = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
    found = [next((name for name in names if name in agent), "") for names in (programs, systems)]
    return ", ".join(name for name in found if name)


def size(count: int) -> str:
    """A number of bytes in the largest unit that it fills, as "2.4 MB"."""
    value = float(count)
    for unit in texts.UNITS:
        if value < 1000 or unit == texts.UNITS[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == texts.UNITS[0] or value >= 100 else f"{value:.1f} {unit}"
