"""Templates that are written for faces, and speak of drawings in a run of drawings."""

from __future__ import annotations

import re
from typing import Any

import jinja2

from components.words.subject import WORDS, reworded

CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
SAID_IN_CODE = re.compile(r"counted\([^)]*\)|\"[^\"\n]* [^\"\n]*\"")  # "a" == "b" compares


class WordedEnvironment(jinja2.Environment):
    """Jinja's environment whose templates speak of ``subject``; the filter ``worded`` rewords a value.

    Only a template's own words are reworded: the text outside of Jinja's braces, and inside them counted
    nouns and texts of more than one word. Templates may ask for ``subject``. Raises ValueError if it is
    unknown.
    """

    def __init__(self, subject: str, **options: Any) -> None:
        if subject not in WORDS:
            raise ValueError(f"Unknown subject {subject!r}. Expected one of: {', '.join(WORDS)}.")
        super().__init__(**options)
        self.subject = subject
        self.globals["subject"] = subject
        self.filters["worded"] = lambda text: reworded(text, subject)

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """The template's source, reworded; Jinja calls this before it compiles."""

        def in_code(code: str) -> str:
            return SAID_IN_CODE.sub(lambda said: reworded(said[0], self.subject), code)

        parts = CODE.split(super().preprocess(source, name, filename))
        return "".join(
            in_code(part) if i % 2 else reworded(part, self.subject) for i, part in enumerate(parts)
        )
