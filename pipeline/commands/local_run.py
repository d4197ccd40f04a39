"""One run of a recipe on this machine: lock, log, pipeline, result."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import absl.logging

from components.ingest.content import forget_hashes
from models.devices.memory import keep_what_is_imported
from pipeline.beam.own_folder import in_own_folder
from pipeline.beam.presets import BeamChoice, beam_choice
from pipeline.commands.classifier_result import classifier_result, pushed_path
from pipeline.commands.one_line import told
from pipeline.dag.layout import Layout
from pipeline.recipes.pairs_found import missing_of
from pipeline.runners import root_lock, unchanged
from pipeline.runners.console import ProgressReader, StepLines
from pipeline.runners.finished import finish
from pipeline.runners.interrupt import raise_again
from pipeline.runners.output import redirected
from pipeline.runners.private_files import private_files
from pipeline.runners.root_state import forget_what_is_gone, settle_root, unrecorded_version
from pipeline.runners.shared_copies import link_equal_files
from pipeline.serving.files import not_served, write_serving_files

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe

JSON_METRICS = (
    "ari",
    "nmi",
    "pairwise_precision",
    "pairwise_recall",
    "pairwise_f",
    "bcubed_f",
    "silhouette",
    "davies_bouldin",
)
REPORT = ("RunReport", "report")  # the step and its output
REPORT_FOLDERS = ("figures", "projector")
INGEST_TOTALS = ("files", "unit", "with_faces", "no_face", "duplicate", "rejected", "faces")


class RunFailedError(RuntimeError):
    """A step failed; ``log`` is the file with everything that TFX and TensorFlow wrote.

    ``report`` is the page of the run, None if the run failed before there was one.
    """

    def __init__(self, reason: str, log: Path, report: str | None = None) -> None:
        super().__init__(reason)
        self.log, self.report = log, report


def run(
    recipe: Recipe,
    root: str | Path,
    stream: TextIO,
    beam: BeamChoice | None = None,
    read_anew: bool = False,
) -> dict[str, Any]:
    """Runs ``recipe`` under ``root`` and returns its result, the object of ``--json``.

    ``stream`` receives the lines and progress bars for a person. ``beam`` says where Beam's work runs; None
    is this process. With ``read_anew`` no hash of a file that an earlier run kept counts. Raises RootError if
    ``root`` can't be used, for instance because another run holds it, WrongRootError if no run could use it,
    RunFailedError if a step failed.
    """
    layout = Layout(Path(root))
    apart_from_photos(layout, recipe.ingest.images)
    with private_files(), root_lock.hold(layout.lock, f"facefold run {recipe.name}"):
        folder = new_run_folder(layout)
        (folder / "settings.json").write_text(json.dumps(recipe.as_dict(), indent=1))
        reader = ProgressReader(layout.progress, stream)
        reader.say(f"{recipe.name} under {layout.root}, log in {folder / 'log.txt'}")
        if line := missing_of(recipe):
            reader.say(line)
        settle_root(layout, reader.say)
        if read_anew:
            forget_hashes(layout.photos)
        key = unchanged.run_key(recipe, layout, reader.say)
        result = unchanged.same_as_latest(layout, key)
        if result is not None:
            reader.say("photos, settings and code are those of the latest run: every step is reused")
            result["report"] = link_report(Path(result["report"]).parent, folder)
        else:
            forget_what_is_gone(layout)
            outputs = run_logged(recipe, layout, folder, reader, beam or beam_choice(""))
            told = classifier_result if recipe.classifies else result_of
            result = told(outputs, recipe, link_report(Path(outputs[REPORT].uri), folder))
            link_equal_files(
                [*(one.uri for one in outputs.values()), *filter(None, [result["pushed_model"]])]
            )
        if result["pushed_model"] and not recipe.classifies:
            write_serving_files(layout, keep=True)
            if line := not_served(layout, result["pushed_model"]):
                reader.say(line)
        unchanged.remember(folder, key)
        finish(folder, result)
        return result


class LogFile(logging.FileHandler):
    """A log that is cut short where its disk is full; the run's own error says so, not the screen."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Leaves the record out."""


def apart_from_photos(layout: Layout, images: str) -> None:
    """Raises WrongRootError if the root is the folder of photos, where its own files would be photos."""
    if images and os.path.realpath(images) == os.path.realpath(layout.root):
        raise root_lock.WrongRootError(
            f"--root {layout.root} is the folder of photos. Expected another one, which may be in it. "
            f"Fix: --root {layout.root / 'facefold-runs'}"
        )


def new_run_folder(layout: Layout) -> Path:
    """Makes a new folder under ``runs``, named by the time in UTC."""
    layout.progress.mkdir(parents=True, exist_ok=True)
    name = time.strftime("%Y%m%d-%H%M%SZ", time.gmtime())
    for suffix in ("", *(f"-{i}" for i in range(2, 1000))):
        folder = layout.runs / (name + suffix)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise RuntimeError(f"Could not make a run folder in {layout.runs}. Expected one to be free.")


def run_logged(
    recipe: Recipe, layout: Layout, folder: Path, reader: ProgressReader, beam: BeamChoice
) -> dict[tuple[str, str], Any]:
    """Runs the pipeline, with all its output in ``folder``'s log and its progress on ``reader``.

    Returns {(node, output): artifact}.
    """
    log, report = folder / "log.txt", None
    reader.start()
    logger = logging.getLogger()
    steps = StepLines(reader.say)
    file_lines = LogFile(log, encoding="utf-8", errors="backslashreplace")
    file_lines.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.setLevel(logging.INFO)
    # Explicitly: TensorFlow's export sets absl back to what it was, and "never set" becomes WARNING.
    absl.logging.set_verbosity(absl.logging.INFO)
    logger.addHandler(steps)
    logger.addHandler(file_lines)
    try:
        with open(log, "ab") as file, redirected(file), in_own_folder():
            from pipeline.beam.lost_worker import watch_workers
            from pipeline.dag.build import build_pipeline
            from pipeline.runners.local import run_local

            watch_workers()
            keep_what_is_imported()
            unrecorded = unrecorded_version(layout)
            pipeline = build_pipeline(
                recipe, layout, beam.arguments, beam.shared_files, unrecorded=unrecorded
            )
            outputs, failed = run_local(pipeline)
        if failed is None:
            return outputs
        if REPORT in outputs:
            report = link_report(Path(outputs[REPORT].uri), folder)
        raise failed
    except Exception as error:
        raise_again()
        logger.exception("the run failed")
        raise RunFailedError(told(error, layout.root), log, report) from error
    finally:
        logger.removeHandler(steps)
        logger.removeHandler(file_lines)
        with contextlib.suppress(OSError):
            file_lines.close()
        reader.stop()


def result_of(outputs: Mapping[tuple[str, str], Any], recipe: Recipe, shown: str) -> dict[str, Any]:
    """The result of a finished run: verdict, report, pushed model, counts, choice and metrics.

    ``shown`` is the page that a person opens.
    """
    report = Path(outputs[REPORT].uri)
    facts = json.loads((report / "report.json").read_text())
    selection = facts["evaluation"]["selection"]
    chosen = selection["candidates"][selection["chosen"]]
    metrics = facts["evaluation"]["metrics"]
    pushed = outputs.get(("Pusher", "pushed_model"))
    return {
        "recipe": recipe.name,
        "subject": recipe.subject,
        "blessed": facts["verdict"]["blessed"],
        "reasons": facts["verdict"]["reasons"],
        "regrouped": facts["verdict"].get("regrouped"),
        "report": shown,
        "pushed_model": pushed_path(pushed) if facts["verdict"]["blessed"] else None,
        "artifacts": {
            "examples": outputs["FaceExampleGen", "examples"].uri,
            "evaluation": outputs["ClusterEvaluator", "evaluation"].uri,
            "model": outputs["ModelAssembler", "model"].uri,
            "report": str(report),
        },
        "ingest": {name: facts["ingest"].get(name) for name in INGEST_TOTALS},
        "chosen": {"clusterer": chosen["clusterer"], "n_clusters": selection["n_clusters"]},
        "runs": selection.get("runs"),
        "metrics": {
            **plain_metrics(metrics["all"]),
            "reconstruction_mse": metrics.get("eval", {}).get("reconstruction_mse"),
            "train": plain_metrics(metrics.get("train", {})),
            "eval": plain_metrics(metrics.get("eval", {})),
        },
    }


def plain_metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of one split that the result shows."""
    return {"accuracy": metrics.get("acc"), **{name: metrics.get(name) for name in JSON_METRICS}}


def link_report(report: Path, folder: Path) -> str:
    """Links ``report.html`` and the folders that it points to from ``report`` into the run's ``folder``."""
    for name in REPORT_FOLDERS:
        for source in sorted((report / name).glob("*")):
            (folder / name).mkdir(exist_ok=True)
            link_or_copy(source, folder / name / source.name)
    return link_or_copy(report / "report.html", folder / "report.html")


def link_or_copy(source: Path, target: Path) -> str:
    """Makes a hard link, or a copy where the file system has no links; returns ``target`` as str."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return str(target)
