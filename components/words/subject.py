"""Words for runs whose pictures are not faces but, say, drawings.

Sentences are written for faces. ``reworded`` turns such a text into one about another subject. Names of files
and labels never pass through it.
"""

from __future__ import annotations

import re

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
WORDS: dict[str, dict[str, str]] = {"face": {}, "drawing": OF_DRAWINGS, "picture": OF_PICTURES}


def reworded(text: str, subject: str) -> str:
    """Turns ``text``, which is written for faces, into one about ``subject``: face, drawing or picture.

    Words inside names (``with_faces``, ``is-face``) and attributes of one word (``class="people"``) stay.
    """
    words = WORDS[subject]
    if not words:
        return text
    either = "|".join(map(re.escape, words))

    def put(match: re.Match[str]) -> str:
        said, start, end = match[0], match.start(), match.end()
        if text[max(0, start - 2) : start] == '="' and text[end : end + 1] == '"':
            return said
        new = words[said.lower()]
        return new[0].upper() + new[1:] if said[0].isupper() else new

    return re.sub(rf"(?<![\w#./-])({either})(?![\w=/-])(?!\.\w)", put, text, flags=re.I)
