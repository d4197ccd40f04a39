"""Brings TFX's record of a root in line with the files that are there: moved, removed, rolled back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.runners.finished import RESULT
from pipeline.runners.root_record import check_record
from pipeline.serving.files import is_servable, pushed_versions
from schemas.files import atomic_write

if TYPE_CHECKING:
    from pipeline.dag.layout import Layout

BELOW = 4  # parts of an artifact's path below the root: artifacts, step, output, number of the execution
PUSHED_TYPE = "PushedModel"
PUSHED = "pushed_destination"  # where the Pusher put a version, a property of its artifact


def settle_root(layout: Layout, tell: Callable[[str], None]) -> None:
    """Lets the record of ``layout``'s root follow its folder, if that was moved or copied since the last run.

    Artifacts are looked up below the new place from then on, and so are the results of earlier runs. ``tell``
    is given a line about it. Raises RootError if the record can't be used.
    """
    check_record(layout)
    for place in former_places(layout):
        store = store_of(layout)
        store.put_artifacts([one for one in store.get_artifacts() if follow(one, place, str(layout.root))])
        for file in layout.runs.glob(f"*/{RESULT}"):
            told = json.loads(file.read_text())
            atomic_write(file, json.dumps(moved(told, place, str(layout.root)), indent=1).encode())
        tell(f"{layout.root} was {place}: its record follows")


def former_places(layout: Layout) -> list[str]:
    """Roots that the record tells of and that are not this folder, by the places of the artifacts."""
    if not layout.metadata.exists():
        return []
    with contextlib.closing(sqlite3.connect(layout.metadata)) as record:
        try:
            rows = record.execute("SELECT DISTINCT uri FROM Artifact").fetchall()
        except sqlite3.OperationalError:  # a new file, in which TFX has no table yet
            return []
    paths = [Path(uri) for (uri,) in rows if uri]
    roots = {
        str(p.parents[BELOW - 1]) for p in paths if len(p.parts) > BELOW and p.parts[-BELOW] == "artifacts"
    }
    return sorted(root for root in roots if not same_folder(root, layout.root))


def same_folder(one: str, other: Path) -> bool:
    """Whether two paths are of one folder, perhaps by a link."""
    return os.path.realpath(one) == os.path.realpath(other)


def moved(value: Any, old: str, new: str) -> Any:
    """A copy of a JSON value in which paths at or below ``old`` are at or below ``new``."""
    if isinstance(value, dict):
        return {key: moved(one, old, new) for key, one in value.items()}
    if isinstance(value, list):
        return [moved(one, old, new) for one in value]
    if isinstance(value, str) and (value == old or value.startswith(old.rstrip("/") + "/")):
        return new + value[len(old.rstrip("/")) :]
    return value


def follow(artifact: Any, old: str, new: str) -> bool:
    """Moves an artifact's address, and those in its properties, to ``new``; says whether any changed."""
    before = artifact.SerializeToString(deterministic=True)
    artifact.uri = moved(artifact.uri, old, new)
    for properties in (artifact.properties, artifact.custom_properties):
        for value in properties.values():
            if value.HasField("string_value"):
                value.string_value = moved(value.string_value, old, new)
    return bool(artifact.SerializeToString(deterministic=True) != before)


def forget_what_is_gone(layout: Layout) -> None:
    """Lets TFX make again what was removed by hand; by itself it reuses a step whose folders exist.

    A push is forgotten when its version is no longer among the pushed ones.
    """
    if not layout.metadata.exists():
        return
    from ml_metadata.proto import metadata_store_pb2

    store = store_of(layout)
    live = [one for one in store.get_artifacts() if one.state == metadata_store_pb2.Artifact.LIVE]
    for one in live:
        folder = Path(one.uri)
        if (
            one.type != PUSHED_TYPE
            and folder.is_relative_to(layout.artifacts)
            and not is_whole(folder, one.type)
        ):
            shutil.rmtree(folder, ignore_errors=True)  # TFX itself looks for the folder alone
    gone = [one for one in live if one.type == PUSHED_TYPE and not still_pushed(one)]
    for one in gone:
        one.state = metadata_store_pb2.Artifact.DELETED
    store.put_artifacts(gone)


def is_whole(folder: Path, kind: str) -> bool:
    """Whether an artifact's folder has a file, and that of a model its SavedModel."""
    if kind == "Model":
        return (folder / "Format-Serving" / "saved_model.pb").is_file()
    return any(files for _, _, files in os.walk(folder))


def still_pushed(artifact: Any) -> bool:
    """Whether the version that a push made can still be served; true of a push that made none."""
    place = artifact.custom_properties[PUSHED].string_value if PUSHED in artifact.custom_properties else ""
    return not place or is_servable(place)


def unrecorded_version(layout: Layout) -> str:
    """The newest pushed version that the record doesn't tell of, as after a repair of it; "" if none."""
    made = store_of(layout).get_artifacts_by_type(PUSHED_TYPE) if layout.metadata.exists() else []
    told = {Path(one.custom_properties[PUSHED].string_value).name for one in made}
    others = [layout.serving / str(one) for one in pushed_versions(layout) if str(one) not in told]
    return next((str(one) for one in reversed(others) if is_servable(one)), "")


def store_of(layout: Layout) -> Any:
    """ML Metadata's store of a root."""
    from ml_metadata.metadata_store import metadata_store
    from ml_metadata.proto import metadata_store_pb2

    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(layout.metadata)
    return metadata_store.MetadataStore(config)
