"""What can be removed under a root: artifacts that no kept run needs, and pushed versions beyond some."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml_metadata.proto import metadata_store_pb2

from components.artifact_files import CARD, ENCODER
from pipeline.recipes.recipe import CLASSIFY
from pipeline.runners.root_state import store_of
from pipeline.runners.run_outputs import outputs_in
from pipeline.serving.files import labelled_versions, pushed_versions

if TYPE_CHECKING:
    from pipeline.dag.layout import Layout

LIVE, DELETED = metadata_store_pb2.Artifact.LIVE, metadata_store_pb2.Artifact.DELETED
AT_WORK = (metadata_store_pb2.Execution.NEW, metadata_store_pb2.Execution.RUNNING)
LAST = ("RunReport", "report")  # what a run has made that went through


@dataclass(frozen=True)
class Plan:
    """What is to be removed: artifacts, by the record; folders that no artifact is in; and versions."""

    artifacts: list[Any] = field(default_factory=list)
    leftovers: list[Path] = field(default_factory=list)
    versions: list[Path] = field(default_factory=list)

    def folders(self) -> list[Path]:
        """All folders that are to be removed."""
        return [*(Path(one.uri) for one in self.artifacts), *self.leftovers, *self.versions]


def plan_of(layout: Layout, runs: int, versions: int | None) -> Plan:
    """What can go where the latest ``runs`` runs and ``versions`` pushed versions are kept (None: all).

    The latest blessed model of each kind is kept as well, with the model that it was made from, because the
    next run is compared with it; and a version that ``models.config`` names.
    """
    old = [] if versions is None else pushed_versions(layout)[:-versions]
    kept_versions = labelled_versions(layout)
    going = [layout.serving / str(one) for one in old if one not in kept_versions]
    if not layout.metadata.exists():
        return Plan(versions=going)
    store = store_of(layout)
    live = [one for one in store.get_artifacts() if one.state == LIVE]
    kept = ids_of_runs(store, runs) | ids_of_baselines(live)
    unneeded = [one for one in live if one.id not in kept and is_artifact(layout, Path(one.uri))]
    return Plan(unneeded, leftovers_of(layout, store, live), going)


def is_artifact(layout: Layout, folder: Path) -> bool:
    """Whether a folder is that of one artifact of this root: ``artifacts/STEP/OUTPUT/NUMBER``."""
    return folder.is_relative_to(layout.artifacts) and len(folder.relative_to(layout.artifacts).parts) == 3


def ids_of_runs(store: Any, runs: int) -> set[int]:
    """Ids of all artifacts of the latest ``runs`` runs that went through, and of later ones that did not."""
    kept: set[int] = set()
    contexts = sorted(store.get_contexts_by_type("pipeline_run"), key=lambda one: one.id, reverse=True)
    for context in contexts:
        outputs = outputs_in(store, context.name)
        kept |= {artifact.id for artifact in outputs.values()}
        runs -= LAST in outputs
        if runs <= 0:
            break
    return kept


def ids_of_baselines(live: Iterable[Any]) -> set[int]:
    """Ids of the latest blessed model of each kind, of its blessing, and of the one that it was made from.

    Models that group and take the same are of one kind, and so are the classifiers of one recipe.
    """
    from components.bless.baseline import SERVED
    from components.bless.history import read_told
    from components.saved_inputs import served_input

    by_id, by_uri = {one.id: one for one in live}, {one.uri: one for one in live}
    kept, kinds = set(), set()
    for blessing in sorted(by_id.values(), key=lambda one: one.id, reverse=True):
        told = blessing.custom_properties
        model = by_id.get(told["current_model_id"].int_value) if "current_model_id" in told else None
        if model is None or not told["blessed"].int_value:
            continue
        folder = os.path.join(model.uri, SERVED)
        kind, card = served_input(folder), read_told(os.path.join(folder, CARD))
        served = kind, card.get("name") if card.get("task") == CLASSIFY else ""
        if kind is not None and served not in kinds:
            kinds.add(served)
            made_from = by_uri.get(model.custom_properties[ENCODER].string_value)
            kept |= {one.id for one in (blessing, model, made_from) if one is not None}
    return kept


def leftovers_of(layout: Layout, store: Any, live: Iterable[Any]) -> list[Path]:
    """Folders of steps that failed or were killed; not those of steps that are at work."""
    known = {one.uri for one in live}
    working = {str(one.id) for one in store.get_executions() if one.last_known_state in AT_WORK}
    folders = sorted(layout.artifacts.glob("[!.]*/[!.]*/*"))
    return [one for one in folders if one.is_dir() and str(one) not in known and one.name not in working]


def freed_by(folders: Iterable[Path]) -> int:
    """Bytes that are freed when ``folders`` are removed: a file with a link elsewhere frees none."""
    links: dict[tuple[int, int], list[int]] = {}
    for folder in folders:
        for file in (Path(place) / name for place, _, names in os.walk(folder) for name in names):
            state = file.lstat()
            found = links.setdefault((state.st_dev, state.st_ino), [state.st_nlink, state.st_size, 0])
            found[2] += 1
    return sum(size for total, size, removed in links.values() if removed == total)


def carry_out(layout: Layout, plan: Plan) -> None:
    """Removes what ``plan`` names. The record is told first, so that a run never counts on what is gone."""
    if plan.artifacts:
        for one in plan.artifacts:
            one.state = DELETED
        store_of(layout).put_artifacts(plan.artifacts)
    for folder in plan.folders():
        shutil.rmtree(folder, ignore_errors=True)
