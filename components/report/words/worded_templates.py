"""Templates that are written for faces and speak of drawings where a run has these."""

import re

import jinja2

from components.words.subject import WORDS, reworded

CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
SAID_IN_CODE = re.compile(r"counted\([^)]*\)|\"[^\"\n]* [^\"\n]*\"")  # "a" == "b" compares


class WordedEnvironment(jinja2.Environment):
    """Jinja's environment whose templates speak of ``subject``; the filter ``worded`` turns sentences to it.

    Reworded is what a template says by itself: the text outside of Jinja's braces, and within them the nouns
    that are counted and what is more than one word. Templates may ask for ``subject``. Raises ValueError for
    an unknown one.
    """

    def __init__(self, subject, **options):
        if subject not in WORDS:
            raise ValueError(f"Unknown subject {subject!r}. Expected one of: {', '.join(WORDS)}.")
        super().__init__(**options)
        self.subject = subject
        self.globals["subject"] = subject
        self.filters["worded"] = lambda text: reworded(text, subject)

    def preprocess(self, source, name=None, filename=None):
        """The template's source, reworded; Jinja calls this before it compiles."""

        def in_code(code):
            return SAID_IN_CODE.sub(lambda said: reworded(said[0], self.subject), code)

        parts = CODE.split(super().preprocess(source, name, filename))
        return "".join(
            in_code(part) if i % 2 else reworded(part, self.subject) for i, part in enumerate(parts)
        )
