"""What ``facefold verify`` finds beside figures: duplicates, a threshold from elsewhere, colour."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from components.evaluate.figures.bands import verification_intervals
from components.evaluate.figures.transfer import accepts, scores_about, threshold_at
from components.evaluate.figures.verification import Scored, figures_of, score_pairs
from components.face_table import without_extension
from components.ingest.content import content_hashes
from components.ingest.decode import decode
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.sources import Photo, list_folder
from components.pairs.colour import colour_scores, mean_colours
from components.pairs.duplicates import pictures_of, read_duplicates
from components.pairs.files import KIN, Pairs, read_pairs
from components.pairs.miner import judged_on_own_mining
from schemas.paths import absolute


def photos_of(folder: Path) -> dict[str, Photo]:
    """The photos below ``folder`` by their paths without extension; of equal ones the first."""
    return {without_extension(photo.path): photo for photo in reversed(list_folder(str(folder)))}


def hashes_of(photos: Sequence[Photo], cache_dir: str = "") -> list[str]:
    """Hex SHA-256 of the photos' files; a file that can't be read is like no other."""
    return [
        f"unread {photo.path}" if isinstance(one, RejectedPhoto) else one
        for photo, one in zip(photos, content_hashes(photos, cache_dir), strict=True)
    ]


def mining_of(embedder: Any, pairs: Pairs) -> dict[str, Any]:
    """Who mined the pairs, None if nobody knows, and whether it is this embedder's model."""
    own = judged_on_own_mining(embedder.space, embedder.weights, pairs.miner, embedder.fitted_on is not None)
    return {
        "kind": pairs.kind or None,
        "miner": pairs.miner or None,
        "judged_on_own_mining": own if pairs.miner else None,
    }


def without_duplicates(
    scored: Scored, pairs: Pairs, photos: Mapping[str, Photo], file: str | None, cache_dir: str
) -> dict[str, Any] | None:
    """The figures without the pairs of two photos that are one picture; None without a ``file``.

    The same file under two names is one picture, and so are photos that ``file``, the list of ``facefold
    duplicates``, joins. Returns ``left_out``: {"pairs", "of_one_person"}, ``figures`` and ``intervals``.
    """
    if file is None:
        return None
    place = absolute(file, "--duplicates")
    if not os.path.isfile(place):
        raise ValueError(f"--duplicates {file} is no file. Expected a list of duplicates. Check the path.")
    used = [side[i] for i in scored.index.tolist() for side in (pairs.first, pairs.second)]
    names = list(dict.fromkeys(used))
    hashes = hashes_of([photos[name] for name in names], cache_dir)
    picture = dict(zip(names, pictures_of(names, hashes, read_duplicates(place)), strict=True))
    one = np.array([picture[a] == picture[b] for a, b in zip(used[::2], used[1::2], strict=True)], bool)
    rest = chosen(scored, ~one)
    return {
        "left_out": {"pairs": int(one.sum()), "of_one_person": int(scored.same[one].sum())},
        "figures": figures_of(rest),
        "intervals": verification_intervals(rest),
    }


def chosen(scored: Scored, kept: np.ndarray) -> Scored:
    """The pairs at which ``kept`` bool (p,) is true."""
    people = None if scored.people is None else scored.people[kept]
    return Scored(
        scored.scores[kept], scored.same[kept], scored.fold[kept], scored.index[kept], people, scored.missing
    )


def colour_yardstick(scored: Scored, pairs: Pairs, photos: Mapping[str, Photo]) -> dict[str, Any] | None:
    """What two numbers a photo, its mean colour, tell of pairs of kin; None for other pairs.

    Returns ``figures`` and ``intervals`` as for a model, on the same pairs.
    """
    if pairs.kind != KIN or not len(scored.index):
        return None
    used = [side[i] for i in scored.index.tolist() for side in (pairs.first, pairs.second)]
    place = {name: row for row, name in enumerate(dict.fromkeys(used))}
    colours = mean_colours(decode(Path(photos[name].file).read_bytes()) for name in place)
    rows = np.array([place[name] for name in used], np.int64).reshape(-1, 2)
    by_colour = replace(scored, scores=colour_scores(colours, rows))
    return {"figures": figures_of(by_colour), "intervals": verification_intervals(by_colour)}


def at_threshold_from(
    file: Path,
    far: float,
    embed: Callable[[Pairs], dict[str, np.ndarray]],
    here: tuple[Scored, Pairs, Mapping[str, np.ndarray]],
) -> dict[str, Any]:
    """How many pairs are accepted by the threshold that other pairs give at a rate of false accepts.

    Args:
        file: the other pairs.
        far: their share of pairs of two people that is accepted.
        embed: gives each photo of pairs, by its path without extension, its embedding (d,).
        here: the judged pairs, scored and as they were read, and the embeddings of their photos.

    Returns:
        ``threshold`` (``transfer.threshold_at`` of the other pairs), ``same`` and ``different``
        (``transfer.accepts`` of pairs of one person, or of kin, and of others).

    Raises:
        ValueError: the other pairs are too few.
    """
    elsewhere = read_pairs(file)
    found = embed(elsewhere)
    base = np.stack(list(found.values()))
    told = threshold_at(score_pairs(base, {path: row for row, path in enumerate(found)}, elsewhere), far)
    scored, pairs, own = here
    return {"threshold": told, **accepted_sorts(scored, pairs, own, base, told["threshold"])}


def accepted_sorts(
    scored: Scored, pairs: Pairs, own: Mapping[str, np.ndarray], base: np.ndarray, threshold: float
) -> dict[str, Any]:
    """``transfer.accepts`` of pairs that are ``same``, and of ``different``, by cosines about base's mean."""
    row = {path: number for number, path in enumerate(own)}
    rows = np.array([(row[pairs.first[i]], row[pairs.second[i]]) for i in scored.index.tolist()], np.int64)
    scores = scores_about(np.stack(list(own.values())), rows.reshape(-1, 2), base)
    people = scored.people
    return {
        name: accepts(scores[sort], threshold, None if people is None else people[sort])
        for name, sort in (("same", scored.same), ("different", ~scored.same))
    }
