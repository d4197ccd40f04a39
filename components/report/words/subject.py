"""The report's own words for runs whose pictures are not faces: of drawings, say.

Templates and sentences are written for faces. ``reworded`` turns such a text to another subject; names of
files and labels never pass through it.
"""

import re

import jinja2

# What is said of faces, longer phrases first, and what is said of drawings instead.
OF_DRAWINGS = {
    "of the pixels, which run from 0 to 1": "of the steps, each told by those before it",
    "without being told who is who": "without being told what they show",
    "so the eyes lie wherever the photo has them": "so they lie as they were drawn",
    "aligned faces": "drawings",
    "aligned face": "drawing",
    "faces": "drawings",
    "face": "drawing",
    "photos": "drawings",
    "photo": "drawing",
    "people": "classes",
    "person": "class",
    "aligned": "read",
}
OF_PICTURES = {
    **{said: put.replace("drawing", "picture") for said, put in OF_DRAWINGS.items() if "pixels" not in said},
    "so the eyes lie wherever the photo has them": "and nothing was aligned",
}
WORDS = {"face": {}, "drawing": OF_DRAWINGS, "picture": OF_PICTURES}
CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
SAID_IN_CODE = re.compile(r"counted\([^)]*\)|\"[^\"\n]* [^\"\n]*\"")  # "a" == "b" compares


def reworded(text, subject):
    """``text``, written for faces, for ``subject``: ``face``, ``drawing`` or ``picture``.

    Words within names (``with_faces``, ``is-face``) and attributes of one word (``class="people"``) stay.
    """
    words = WORDS[subject]
    if not words:
        return text
    either = "|".join(map(re.escape, words))

    def put(match):
        said, start, end = match[0], match.start(), match.end()
        if text[max(0, start - 2) : start] == '="' and text[end : end + 1] == '"':
            return said
        new = words[said.lower()]
        return new[0].upper() + new[1:] if said[0].isupper() else new

    return re.sub(rf"(?<![\w#./-])({either})(?![\w=/-])(?!\.\w)", put, text, flags=re.I)


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
