"""Jinja2 for the pages: strict about what is missing, with the texts and the links at hand."""

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
    return made
