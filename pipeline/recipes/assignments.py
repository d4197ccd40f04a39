"""Turns ``key=value``, as a person writes settings, into a recipe. Everything is checked before any work."""

from __future__ import annotations

import csv
import difflib
import importlib.util
import os
from collections.abc import Iterable, Sequence
from typing import Any

from components.evaluate.search.reductions import REDUCTIONS
from components.ingest.own_roots import is_own
from components.ingest.settings import IngestSettings, SourceSettings, need_photos
from components.ingest.tables import DETECTORS, LANDMARKERS, SOURCES, Source
from models.catalog import MODELS, model_entry
from models.classifiers.settings import ClassifierSettings
from pipeline.recipes.recipe import Recipe
from pipeline.recipes.renamed import current
from schemas.example_kinds import example_kind
from schemas.image_features import RGB
from schemas.paths import absolute
from schemas.settings import about_of, parsed, wrong

NEAREST = 3  # names that are offered instead of an unknown one


def prepared(
    recipe: Recipe, images: str | None, assignments: Iterable[str], on_this_machine: bool = True
) -> Recipe:
    """``recipe`` with the photos in ``images`` (a path, or nothing) and ``key=value`` strings applied.

    Relative paths start at the current folder. Where ``on_this_machine`` is false, photos and files are
    elsewhere and their paths stay as they are. Raises ValueError, one line, for photos that are not there,
    and where ``with_settings`` does.
    """
    if images:
        place = str(absolute(images, "--images")) if on_this_machine else str(images)
        if on_this_machine:
            check_images(images, place, recipe.ingest)
        recipe = recipe.changed({"source": source_of(place, recipe.ingest), "images": place})
    return with_settings(recipe, assignments, on_this_machine)


def sources_of(kind: str) -> dict[str, Source]:
    """The sources of one kind of example that read what ``images`` names."""
    return {name: source for name, source in SOURCES.items() if kind in source.kinds and not source.named}


def source_of(place: str, ingest: SourceSettings) -> str:
    """The source that reads the file or folder ``place``: the recipe's own, or that of the files there.

    Where the recipe's own reads nothing of ``images``, a folder is one of photos or pictures, unless it holds
    files of another source's ending.
    """
    known = sources_of(ingest.kind)
    names = [place] if not os.path.isdir(place) else sorted(os.listdir(place))
    for name, source in known.items():
        if source.endings and any(file.lower().endswith(source.endings) for file in names):
            return name
    return "folder" if "folder" in known else ingest.source


def check_images(asked: str, place: str, ingest: SourceSettings) -> None:
    """Raises ValueError unless ``place`` is a folder, or a file that a source of the recipe's kind reads."""
    if is_own(place):
        raise ValueError(
            f"--images {asked} is a folder that facefold keeps its own files in. Expected a folder of "
            "photos. Name that one."
        )
    known = sources_of(ingest.kind)
    endings = tuple(ending for source in known.values() for ending in source.endings)
    if not os.path.isdir(place) and not (os.path.isfile(place) and place.lower().endswith(endings)):
        subject = example_kind(ingest.kind).subject
        folder = [f"a folder of {subject}s"] if "folder" in known else []
        expected = "; or ".join(
            [*folder, *(one.place for one in known.values() if one.endings and one.place)]
        )
        raise ValueError(f"--images {asked} is no folder. Expected {expected}. Check the path.")


def with_settings(recipe: Recipe, assignments: Iterable[str], on_this_machine: bool = True) -> Recipe:
    """``recipe`` with ``key=value`` strings applied; paths are made absolute on this machine.

    A setting's old name is taken, see ``renamed``.

    Raises ValueError, one line, for a setting that the recipe doesn't take (with the nearest names), for an
    impossible value, for a file that is not there, and for a part that is not installed.
    """
    told: dict[str, str] = {}
    for assignment in current(assignments):
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"--set {assignment} is no setting. Expected key=value, as in seed=1.")
        told[key] = text
    recipe = recipe.with_model(told.pop("model")) if "model" in told else recipe
    values = {key: value_of(recipe, key, text, on_this_machine) for key, text in told.items()}
    if values.get("images") and "source" not in values:
        values["source"] = source_of(str(values["images"]), recipe.ingest)
    recipe = recipe.changed(values)
    need_photos(recipe.ingest)
    need_points(recipe)
    need_colours(recipe)
    if on_this_machine:
        if values.get("images"):
            check_images(told["images"], recipe.ingest.images, recipe.ingest)
        check_files(recipe)
        check_installed(recipe)
        check_decisions(recipe)
        check_tables(recipe)
    return recipe


def need_points(recipe: Recipe) -> None:
    """Raises ValueError where parts of faces are to be hidden, and no points say where these are."""
    if not recipe.judging.occlude:
        return
    ingest = recipe.ingest
    if not isinstance(ingest, IngestSettings) or not LANDMARKERS[ingest.landmarks].dense:
        dense = " or ".join(f"landmarks={name}" for name, entry in LANDMARKERS.items() if entry.dense)
        raise wrong(type(recipe.judging), "occlude", True, f"false without the points of faces; set {dense}")


def need_colours(recipe: Recipe) -> None:
    """Raises ValueError where a model is to read grey pictures of photos, whose chips have colours."""
    network = recipe.network
    if network is not None and recipe.ingest.kind == "face" and recipe.channels != RGB:
        raise wrong(type(network), "channels", recipe.channels, f"{RGB} with photos")


def value_of(recipe: Recipe, key: str, text: str, on_this_machine: bool) -> object:
    """The value that ``key=text`` stands for in a recipe."""
    parts = recipe.settable()
    if key not in parts:
        raise unknown(recipe, key)
    kind = type(recipe.parts()[parts[key]])
    if about_of(kind, key).path and text and on_this_machine:
        text = str(absolute(text, f"Setting {key}:"))
    return parsed(kind, key, text)


def unknown(recipe: Recipe, key: str) -> ValueError:
    """The error for a setting that the recipe doesn't take: the models that do, or the nearest names."""
    users = [name for name, entry in MODELS.items() if key in entry.settings.model_fields]
    if users:
        reason = f"It is a setting of model={' or '.join(users)}; {recipe.name} has model={recipe.model}."
    else:
        near = difflib.get_close_matches(key, ["model", *recipe.settable()], NEAREST)
        reason = f"Did you mean {' or '.join(near)}?" if near else "None has a name like it."
    return ValueError(f"{recipe.name} takes no setting {key!r}. {reason} See facefold recipes {recipe.name}.")


def check_files(recipe: Recipe) -> None:
    """Raises ValueError if a file that has to exist does not."""
    for settings in recipe.parts().values():
        for key, value in settings:
            about = about_of(type(settings), key)
            if not about.exists or not value:
                continue
            there = os.path.isfile(value) if about.path == "file" else os.path.exists(value)
            if not there or not os.access(value, os.R_OK):
                raise wrong(type(settings), key, value, f"a {about.path} that exists and can be read")


def check_decisions(recipe: Recipe) -> None:
    """Raises ValueError, which names the line, if the decisions about duplicates can't all be followed."""
    file = getattr(recipe.ingest, "decisions", "")
    if file:
        from components.ingest.decisions import read_decisions

        read_decisions(file)


def check_tables(recipe: Recipe) -> None:
    """Raises ValueError if ``pairs`` or ``attributes`` can't be read, or no pair is of two listed photos."""
    if not recipe.judging.pairs and not recipe.judging.attributes:
        return
    from components.pairs.files import read_pairs
    from components.photo_attributes import read_attributes
    from pipeline.recipes.pairs_found import n_found, photo_names

    found: dict[str, Any] = {}
    for key, reader in (("pairs", read_pairs), ("attributes", read_attributes)):
        path = getattr(recipe.judging, key)
        try:
            found[key] = reader(path) if path else None
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            expected = f"a text file in UTF-8; this one is not readable as such ({error})"
            raise wrong(type(recipe.judging), key, path, expected) from error
    if found["pairs"] is not None:
        pairs = found["pairs"]
        if not n_found(pairs, photo_names(recipe.ingest)):
            told = f"{pairs.first[0]!r} and {pairs.second[0]!r}" if len(pairs.first) else "no pair"
            expected = f"pairs of photos by their paths below the photos' folder; it begins with {told}"
            raise wrong(type(recipe.judging), "pairs", recipe.judging.pairs, expected)


def extras_of(recipe: Recipe) -> list[tuple[str, str, str, list[str]]]:
    """The extras that a recipe needs: key and value of the setting, the extra, and its missing packages."""
    asked: list[tuple[str, str, Sequence[str], str]] = []
    if not getattr(recipe.network, "weights_path", ""):
        asked.append(("model", recipe.model, recipe.entry.needs, recipe.entry.extra))
        if isinstance(recipe.network, ClassifierSettings) and recipe.network.frozen:
            frozen = model_entry(recipe.network.frozen)
            asked.append(("features", recipe.network.frozen, frozen.needs, frozen.extra))
    reduction = recipe.selection.reduction
    asked.append(("reduction", reduction, REDUCTIONS[reduction].needs, REDUCTIONS[reduction].extra))
    if isinstance(recipe.ingest, IngestSettings):
        detector, landmarks = recipe.ingest.detector, recipe.ingest.landmarks
        asked.append(("detector", detector, DETECTORS[detector].needs, DETECTORS[detector].extra))
        asked.append(("landmarks", landmarks, LANDMARKERS[landmarks].needs, LANDMARKERS[landmarks].extra))
    return [
        (key, value, extra, [name for name in needs if importlib.util.find_spec(name) is None])
        for key, value, needs, extra in asked
        if extra
    ]


def needs_words(recipe: Recipe, missing_only: bool = True) -> str:
    """The extras that a recipe needs and that are not installed, or all of them, in words; "" for none."""
    told = []
    for _, _, extra, missing in extras_of(recipe):
        if missing or not missing_only:
            told.append(f"needs the extra {extra}")
    return "; ".join(dict.fromkeys(told))


def check_installed(recipe: Recipe) -> None:
    """Raises ValueError, which names the extra, if a value needs packages that are not installed."""
    for key, value, extra, missing in extras_of(recipe):
        if missing:
            raise ValueError(
                f"Setting {key}={value} needs the package {missing[0]}, which is not installed. Expected the "
                f"extra {extra}. Fix: make setup EXTRAS={extra}, or set another {key}."
            )
