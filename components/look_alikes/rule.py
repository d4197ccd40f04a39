"""Thresholds by pair, kept in a file, and what they decide of a new face."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.clustering.rows import unit_rows

KIND, VERSION = "facefold thresholds by pair", 1
NAME = "thresholds.json"
SAME_SPACE = 0.9999  # the cosine of two embeddings of one picture by one encoder, on any machine
DIGITS = 6  # of numbers of unit rows


@dataclass(frozen=True, eq=False)
class PersonMean:
    """A person: the mean (d,) of the unit embeddings of so many faces, and the model's groups of them."""

    name: str
    mean: np.ndarray
    faces: int
    clusters: tuple[int, ...]


@dataclass(frozen=True)
class PairThreshold:
    """The names of two people who look alike, and the cosine from which on a face is one of them."""

    names: tuple[str, str]
    threshold: float


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What a file of thresholds holds: all people who were judged, and the pairs among them that part.

    ``probe`` (d,) is the encoder's embedding of ``probe_chip``, by which its space is known again.
    """

    model: str
    space: str
    probe: np.ndarray
    people: Mapping[str, PersonMean]
    pairs: tuple[PairThreshold, ...]


@dataclass(frozen=True)
class Decision:
    """What a pair's threshold says of a face that the model put into a group of one of the two.

    ``likeness`` are its mean cosines to both people's faces. ``person`` is the nearer of the two, or None
    where neither likeness reaches the threshold: the face is unknown, between the two. ``cluster`` is the
    model's group of the nearer one.
    """

    pair: PairThreshold
    likeness: tuple[float, float]
    person: str | None
    cluster: int


def decide(thresholds: Thresholds, x: np.ndarray, clusters: np.ndarray) -> list[Decision | None]:
    """What the thresholds decide of n faces by embeddings x (n, d) and the model's groups (n,), -1 for none.

    A pair decides of a face if the model put it into a group of one of the two, and these are the two people
    of the file that it is most like, by its mean cosine to their faces. Then it goes to the nearer one, if
    that cosine reaches the pair's threshold; else it is unknown. All other faces are left as the model says:
    None. Raises ValueError for another d.
    """
    names = list(thresholds.people)
    if not len(x) or len(names) < 2:
        return [None] * len(x)
    means = np.stack([thresholds.people[name].mean for name in names])
    if x.shape[1] != means.shape[1]:
        raise ValueError(
            f"The thresholds are of another space: of {means.shape[1]} numbers a face, "
            "received {x.shape[1]}. Expected a file made with this model. Run facefold look-alikes again."
        )
    alike = unit_rows(np.asarray(x, np.float64)) @ means.T
    best = np.argsort(-alike, axis=1, kind="stable")[:, :2]
    of_two = {frozenset(pair.names): pair for pair in thresholds.pairs}
    out: list[Decision | None] = []
    for row, two, cluster in zip(alike, best.tolist(), np.asarray(clusters).tolist(), strict=True):
        nearest = [thresholds.people[names[i]] for i in two]
        pair = of_two.get(frozenset(one.name for one in nearest))
        if pair is None or not any(cluster in one.clusters for one in nearest):
            out.append(None)
            continue
        likeness = {one.name: float(row[i]) for one, i in zip(nearest, two, strict=True)}
        sure = likeness[nearest[0].name] >= pair.threshold
        own = nearest[0].clusters
        out.append(
            Decision(
                pair,
                (likeness[pair.names[0]], likeness[pair.names[1]]),
                nearest[0].name if sure else None,
                cluster if cluster in own or not own else own[0],
            )
        )
    return out


def probe_chip() -> bytes:
    """A chip of seeded noise on slopes of colour, which shows whether two encoders are one: PNG."""
    from components.ingest.frames.align import encode_chip  # OpenCV, which reading does without
    from schemas.face import CHIP_SIZE

    slope = np.linspace(60, 215, CHIP_SIZE)
    colours = np.broadcast_arrays(slope[:, None], slope[::-1], np.float64(60))  # other colours, other sides
    noise = np.random.default_rng(0).integers(-40, 41, (CHIP_SIZE // 16, CHIP_SIZE // 16, 3))
    picture = np.stack(colours, axis=-1) + noise.repeat(16, axis=0).repeat(16, axis=1)
    return encode_chip(picture.round().astype(np.uint8), "png")


def check_space(thresholds: Thresholds, probe: np.ndarray, where: str) -> None:
    """Raises ValueError unless ``probe`` (d,), the model's answer to ``probe_chip``, is that of the file."""
    same = probe.shape == thresholds.probe.shape
    if same:
        rows = unit_rows(np.stack([probe, thresholds.probe]).astype(np.float64))
        same = bool(rows[0] @ rows[1] >= SAME_SPACE)
    if not same:
        raise ValueError(
            f"The thresholds are of another space: they were made with {thresholds.space} "
            f"({thresholds.model}), and {where} embeds otherwise. Expected a file made with this model. Run "
            "facefold look-alikes with it."
        )


def told(thresholds: Thresholds) -> dict[str, Any]:
    """The thresholds as a dict for JSON, which ``read_thresholds`` reads."""
    return {
        "kind": KIND,
        "version": VERSION,
        "model": thresholds.model,
        "space": thresholds.space,
        "probe": _numbers(thresholds.probe),
        "people": {
            name: {"faces": one.faces, "clusters": list(one.clusters), "mean": _numbers(one.mean)}
            for name, one in thresholds.people.items()
        },
        "pairs": [{"people": list(pair.names), "threshold": pair.threshold} for pair in thresholds.pairs],
    }


def read_thresholds(path: Path) -> Thresholds:
    """The thresholds in a file of ``told``; raises ValueError, one line, for anything else."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(
            f"--thresholds {path} can't be read: {' '.join(str(error).split())}. Expected {NAME} of facefold "
            "look-alikes. Check the path."
        ) from error
    if not isinstance(found, dict) or (found.get("kind"), found.get("version")) != (KIND, VERSION):
        raise ValueError(
            f"--thresholds {path} holds no thresholds by pair. Expected {NAME} of facefold "
            f"look-alikes, version {VERSION}. Give that file."
        )
    try:
        people = {
            str(name): PersonMean(
                str(name),
                np.array(one["mean"], np.float64),
                int(one["faces"]),
                tuple(map(int, one["clusters"])),
            )
            for name, one in found["people"].items()
        }
        pairs = tuple(_pair(one, people) for one in found["pairs"])
        probe = np.array(found["probe"], np.float64)
        if {one.mean.shape for one in people.values()} - {probe.shape}:
            raise ValueError("people's means of another length than the probe's")
        return Thresholds(str(found["model"]), str(found["space"]), probe, people, pairs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"--thresholds {path} is damaged ({' '.join(str(error).split())}). Expected {NAME} as facefold "
            "look-alikes wrote it. Make it again."
        ) from error


def _pair(one: Mapping[str, Any], people: Mapping[str, PersonMean]) -> PairThreshold:
    first, second = (str(name) for name in one["people"])
    if {first, second} - set(people) or not np.isfinite(float(one["threshold"])):
        raise ValueError(f"the pair of {first} and {second} has no people or no threshold")
    return PairThreshold((first, second), float(one["threshold"]))


def _numbers(row: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in row]
