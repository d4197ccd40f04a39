"""Names decide nothing: the same photos under three sets of names give one result, bit by bit."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from components.ingest.sources import list_sample
from pipeline import cli
from pipeline.dag.layout import Layout
from tests.drawings import json_lines

COPIES = ("true", "shuffled", "flat")
PEOPLE, PHOTOS = 12, 6
TRAINED = ["dtype=float32", "epochs=1", "n_clusters=5-7", "max_reconstruction_mse=9"]
RECIPES = {
    "face-cae": [*TRAINED, "base_filters=4"],
    # The recipe has the second rule off itself.
    "face-identity": ["rules_off=stability,held_out_gain", "block_dim=16", "latent_dim=60"],
    "resnet18-gmm": [*TRAINED, "base_filters=4", "blocks=1", "protocol=none"],
    "sketch-rnn": [*TRAINED, "rnn_units=8", "latent_dim=6", "batch_size=8"],
}


def photo_files():
    return [
        Path(photo.file)
        for photo in list_sample()
        if photo.path.startswith("orl/")
        and int(photo.label[1:]) <= PEOPLE
        and int(Path(photo.path).stem) <= PHOTOS
    ]


def copy_photos(folder, copy):
    """The photos as they are, in folders that swapped names with files that swapped names, or in one folder."""
    generator = np.random.default_rng(7)
    files = photo_files()
    people = sorted({file.parent.name for file in files})
    other = dict(zip(people, generator.permutation(people), strict=True))
    names = [f"{name:08x}.pgm" for name in generator.integers(2**32, size=len(files))]
    for i, file in enumerate(files):
        place = {
            "true": f"{file.parent.name}/{file.name}",
            "shuffled": f"{other[file.parent.name]}/{PHOTOS + 1 - int(file.stem)}.pgm",
            "flat": names[i],
        }[copy]
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / place)


def write_drawings(folder, copy):
    """60 drawings in one file, in another order in one of another name, or each in a file of its own."""
    lines = json_lines(60)
    if copy == "true":
        (folder / "shape.ndjson").write_bytes(b"\n".join(lines))
    elif copy == "shuffled":
        order = np.random.default_rng(7).permutation(len(lines))
        (folder / "other.ndjson").write_bytes(b"\n".join(lines[i] for i in order))
    else:
        for i, line in enumerate(lines):
            (folder / f"{(i * 37) % 61:02d}.ndjson").write_bytes(line)


def result_of(recipe, copy, folder):
    """What a run of the recipe finds in a copy of the photos."""
    images, root = folder / f"{copy} photos", folder / copy
    images.mkdir()
    (write_drawings if recipe == "sketch-rnn" else copy_photos)(images, copy)
    if copy != COPIES[0]:  # what was found in each photo is kept by its content
        shutil.copytree(folder / COPIES[0] / "photos", root / "photos", dirs_exist_ok=True)
    common = ("rules_off=stability", "reference_embeddings=false")
    settings = [part for one in (*common, *RECIPES[recipe]) for part in ("--set", one)]
    assert cli.main(["run", recipe, "--images", str(images), "--root", str(root), *settings]) == cli.DONE
    artifacts = Layout(root).artifacts
    (report,) = artifacts.glob("RunReport/report/*/report.json")
    (evaluation,) = artifacts.glob("ClusterEvaluator/evaluation/*/arrays.npz")
    told = json.loads(report.read_text())
    with np.load(evaluation) as arrays:
        found = {name: arrays[name] for name in ("embedding", "cluster", "probability")}
    return {**found, "chosen": told["evaluation"]["selection"]["reasons"], "verdict": told["verdict"]}


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_same_photos_under_other_names_give_the_same_result(recipe, tmp_path):
    results = [result_of(recipe, copy, tmp_path) for copy in COPIES]
    for (name, first), (other, second) in itertools.pairwise(zip(COPIES, results, strict=True)):
        for array in ("embedding", "cluster", "probability"):
            np.testing.assert_array_equal(first[array], second[array], f"{array} of {name} and {other}")
        assert first["chosen"] == second["chosen"]
        assert first["verdict"] == second["verdict"]
