"""Whether the photos are still there: how many of them can't be read, and how many faces are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNREADABLE, FEWER_FACES = "unreadable", "fewer_faces"
# A photo that is listed, and whose content is missing, denied or incomplete: a drive that is not mounted, a
# copy that broke off, a failing disk. A link that leads back to its own folder loses nothing, what is too
# large is left out by a setting, and the kinds below are no photos at all.
LOST = ("dangling_link", "unreadable", "empty", "truncated", "corrupt")
NO_PHOTOS = ("left_out", "not_an_image", "not_read", "not_a_file", "not_ndjson", "link_loop")


@dataclass(frozen=True)
class Ruling:
    """What a rule found: its ``figure``, whether its limit is ``met`` (None: not judged), and that in words.

    ``words`` are empty where there is nothing to tell.
    """

    name: str
    figure: float | None = None
    met: bool | None = None
    words: str = ""


def unreadable(totals: Mapping[str, Any] | None, limit: float) -> Ruling:
    """Whether the share of photos that can't be read is at most ``limit``, 0 to 1.

    ``totals`` are those of ``components.ingest.accounting``; without them nothing is judged. Files that are
    no photos (``NO_PHOTOS``) count on neither side.
    """
    if totals is None:
        return Ruling(UNREADABLE)
    reasons: Mapping[str, int] = totals.get("reasons") or {}
    lost = {reason: reasons[reason] for reason in LOST if reasons.get(reason)}
    photos = totals["files"] - sum(reasons.get(reason, 0) for reason in NO_PHOTOS)
    n = sum(lost.values())
    share = n / photos if photos > 0 else 0.0
    if not n:
        return Ruling(UNREADABLE, 0.0, True)
    why = ", ".join(f"{count} {reason}" for reason, count in lost.items())
    told = f"{UNREADABLE} is {share:.3g}: {n} of {photos} photos can't be read ({why})"
    if share <= limit:
        return Ruling(UNREADABLE, share, True, f"Met: {told}; the recipe asks for at most {limit:g}.")
    return Ruling(
        UNREADABLE,
        share,
        False,
        f"Refused: {told}; the recipe asks for at most {limit:g}. Is a drive not mounted, or a copy not "
        "finished? Make them readable and run again, or accept it: --set max_unreadable=1.",
    )


def fewer_faces(totals: Mapping[str, Any] | None, earlier: Mapping[str, Any] | None, limit: float) -> Ruling:
    """Whether there are at most ``limit`` (a share, 0 to 1) fewer faces than the model blessed last had.

    ``earlier`` has ``n_faces``, and ``other_intake``: the settings of the ingest that differ from this run's.
    Where any does, the faces are fewer on purpose and nothing is judged.
    """
    before = (earlier or {}).get("n_faces")
    if totals is None or not before:
        return Ruling(FEWER_FACES)
    other = (earlier or {}).get("other_intake") or ()
    if other:
        words = (
            f"Not compared: the model blessed last had other photos or settings of them ({', '.join(other)})."
        )
        return Ruling(FEWER_FACES, words=words)
    now = int(totals["faces"])
    fall = max(0.0, 1 - now / before)
    told = (
        f"{FEWER_FACES} is {fall:.3g}: {now} faces, {before} for the model blessed last; the recipe asks for "
        f"at most {limit:g}."
    )
    if fall <= limit:
        return Ruling(FEWER_FACES, fall, True, f"Met: {told}")
    return Ruling(
        FEWER_FACES,
        fall,
        False,
        f"Refused: {told} Bring the photos back and run again, or, if they are gone on purpose, accept it: "
        "--set max_fewer_faces=1.",
    )
