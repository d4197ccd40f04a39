"""What a person has decided about pairs of photos: a JSON object a line, by the content of the files.

{"left": "<sha256>", "right": "<sha256>", "keep": "left"}
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from components.ingest.sources import Photo

SHA256 = re.compile(r"[0-9a-f]{64}")
KEEP = ("left", "right", "both")
FIX = "Correct the line, or take it away."


@dataclass(frozen=True)
class Decision:
    """Of two photos, by the hashes of their files, which is kept: left, right or both; and its line."""

    left: str
    right: str
    keep: str
    line: int = 0

    @property
    def pair(self) -> frozenset[str]:
        """The two hashes, in no order; one, where both files hold the same."""
        return frozenset((self.left, self.right))

    @property
    def kept(self) -> str:
        """The hash of the one that is kept; "" if both are."""
        return {"left": self.left, "right": self.right}.get(self.keep, "")

    @property
    def dropped(self) -> str:
        """The hash of the one that is not kept; "" if both are, or both are one."""
        lost = {"left": self.right, "right": self.left}.get(self.keep, "")
        return "" if lost == self.kept else lost


def read_decisions(path: str | Path) -> list[Decision]:
    """The decisions in a file, which do not contradict each other. Empty lines say nothing.

    Raises:
        ValueError: a line is malformed, or contradicts those before it; the message names the line.
        OSError: the file can't be read.
    """
    decisions = []
    try:
        lines = Path(path).read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text. Expected JSON lines in UTF-8. Give another file.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            decisions.append(_decision(line, number, f"{path}, line {number}"))
    _check(decisions, str(path))
    return decisions


def _decision(line: str, number: int, where: str) -> Decision:
    example = '{"left": "<sha256>", "right": "<sha256>", "keep": "left"}'
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{where} is no JSON: {error}. Expected one object, such as {example}. {FIX}"
        ) from error
    if not isinstance(told, dict):
        raise ValueError(f"{where} is no object. Expected one such as {example}. {FIX}")
    for side in ("left", "right"):
        value = told.get(side)
        if not isinstance(value, str) or not SHA256.fullmatch(value):
            raise ValueError(
                f"{where}: {side} is {value!r}. Expected the SHA-256 of a file, 64 hex digits. {FIX}"
            )
    if told.get("keep") not in KEEP:
        raise ValueError(f"{where}: keep is {told.get('keep')!r}. Expected one of: {', '.join(KEEP)}. {FIX}")
    return Decision(told["left"], told["right"], told["keep"], number)


def _check(decisions: Iterable[Decision], path: str) -> None:
    """Raises ValueError at the first line that can't be true together with the lines before it."""
    over: dict[str, dict[str, int]] = {}  # kept: {dropped: line}
    both: dict[frozenset[str], int] = {}
    for decision in decisions:
        if len(decision.pair) == 1:
            continue
        if decision.keep == "both":
            both.setdefault(decision.pair, decision.line)
            ways = [_way(over, *ends) for ends in (tuple(decision.pair), tuple(decision.pair)[::-1])]
            if way := next(filter(None, ways), None):
                raise _contradiction(path, decision.line, "keeps both", way)
            continue
        if way := _way(over, decision.dropped, decision.kept):
            raise _contradiction(path, decision.line, f"drops {decision.dropped[:12]}", way)
        over.setdefault(decision.kept, {}).setdefault(decision.dropped, decision.line)
        for pair, line in both.items():
            a, b = pair
            if _way(over, a, b) or _way(over, b, a):
                raise _contradiction(path, decision.line, f"drops {decision.dropped[:12]}", [line])


def _contradiction(path: str, line: int, what: str, others: list[int]) -> ValueError:
    told = ", ".join(map(str, sorted(set(others))))
    where = f"line {told}" if len(set(others)) == 1 else f"lines {told}"
    return ValueError(
        f"{path}, line {line} {what}, against {where}. Expected decisions that can all hold. Take one away."
    )


def _way(over: dict[str, dict[str, int]], start: str, end: str) -> list[int] | None:
    """The lines by which ``start`` is kept over ``end``, directly or through others; None without such."""
    ways: dict[str, list[int]] = {start: []}
    waiting = [start]
    while waiting:
        one = waiting.pop()
        for lost, line in over.get(one, {}).items():
            if lost not in ways:
                ways[lost] = [*ways[one], line]
                if lost == end:
                    return ways[lost]
                waiting.append(lost)
    return None


def left_out(decisions: Iterable[Decision], there: Collection[str]) -> dict[str, str]:
    """The photos that the decisions leave out, each with the one that is kept for it, by hash.

    Only photos that are ``there`` count: where the kept one is gone, the other stays. Each photo left out has
    one that is there and stays, however many decisions lie between the two, because decisions that were read
    form no circle. Of several that stay the lowest hash is named.
    """
    keepers: dict[str, set[str]] = {}
    present = set(there)
    for decision in decisions:
        if decision.dropped:
            keepers.setdefault(decision.dropped, set()).add(decision.kept)
    out = {}
    for photo in sorted(keepers):
        above = _above(keepers, photo) & present
        stay = [one for one in above if not _above(keepers, one) & present]
        if photo in present and stay:
            out[photo] = min(stay)
    return out


def _above(keepers: dict[str, set[str]], start: str) -> set[str]:
    """All that are kept over ``start``, directly or through others."""
    above: set[str] = set()
    waiting = [start]
    while waiting:
        new = keepers.get(waiting.pop(), set()) - above
        above |= new
        waiting += sorted(new)
    return above


def decided_pairs(decisions: Iterable[Decision]) -> set[frozenset[str]]:
    """The pairs of hashes that need no decision any more."""
    return {decision.pair for decision in decisions}


def lines_of(decisions: Iterable[Decision]) -> str:
    """The decisions as the text of a file."""
    return "".join(
        json.dumps({"left": one.left, "right": one.right, "keep": one.keep}) + "\n" for one in decisions
    )


def paths_of_named(element: tuple[str, Photo], named: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yields (content hash, path) of a photo that a decision names."""
    digest, photo = element
    if digest in named:
        yield digest, photo.path


def left_out_for(named: list[tuple[str, str]], decisions: list[Decision]) -> dict[str, str]:
    """The hashes that are left out, each with the path of the photo that is kept for it."""
    paths = dict(named)
    return {digest: paths[kept] for digest, kept in left_out(decisions, paths).items()}
