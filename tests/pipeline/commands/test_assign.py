"""``facefold assign``: photos in, groups out, the unknown apart, mistakes in one line."""

import io
import json
import os
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pipeline import cli
from pipeline.commands import assignment as assigning
from pipeline.serving.calls import CallSettings


class BySize(tf.Module):
    """A served model whose groups go by the brightness of the chip: dark 0, bright 1, grey unknown."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def serving_default(self, image_bytes):
        def mean(chip):
            return tf.reduce_mean(tf.cast(tf.io.decode_image(chip, expand_animations=False), tf.float32))

        light = tf.map_fn(mean, image_bytes, fn_output_signature=tf.float32)
        bright = light > 200
        unknown = (light > 60) & (light <= 200)
        return {
            "embedding": light[:, None],
            "cluster": tf.where(unknown & (light < 100), tf.cast(-1, tf.int64), tf.cast(bright, tf.int64)),
            "probability": tf.where(unknown, 0.0, 0.75),
            "unknown": unknown,
        }


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    module, folder = BySize(), root / "serving" / "facefold" / "3"
    tf.saved_model.save(module, str(folder), signatures=module.serving_default)
    (folder / "model_card.json").write_text(json.dumps({"settings": {"detector": "none", "epochs": 3}}))
    return root


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new photos")
    noise = np.random.default_rng(0)
    for name, light in (("a", 20), ("b", 30), ("c", 240), ("d", 150), ("e", 80)):
        pixels = np.clip(light + noise.integers(-9, 9, (200, 200, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    (folder / "notes.txt").write_text("no photo")
    return folder


def ask(*arguments):
    return cli.main(["assign", *map(str, arguments)])


def test_json_counts_groups_and_the_unknown_apart(model, photos, tmp_path, capfd):
    assert ask("--model", model, "--root", tmp_path, "--json", photos) == cli.DONE
    result = json.loads(capfd.readouterr().out)
    assert result["clusters"] == {"0": 2, "1": 1}
    assert result["unknown"] == 2
    assert result["photos"] == {"given": 6, "faces": 5, "no_face": 0, "rejected": 1}
    (rejected,) = result["rejected"]
    assert rejected.endswith("notes.txt")
    faces = {face["path"][-5:]: face for face in result["faces"]}
    assert faces["a.png"] | {"path": ""} == {
        "path": "", "face_index": 0, "box": faces["a.png"]["box"], "cluster": 0, "probability": 0.75,
        "unknown": False,
    }  # fmt: skip
    assert (faces["d.png"]["cluster"], faces["d.png"]["unknown"]) == (0, True)
    assert (faces["e.png"]["cluster"], faces["e.png"]["unknown"]) == (None, True)


def test_words_for_a_person(model, photos, tmp_path, capfd):
    assert ask("--model", model, "--root", tmp_path, photos / "a.png", photos / "e.png") == cli.DONE
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].endswith("a.png #0: group 0 (0.750)")
    assert lines[1].endswith("e.png #0: unknown, nearest in no group")
    assert lines[-2:] == ["group 0: 1", "unknown: 1"]


def test_nothing_with_a_face_is_an_answer(model, photos, tmp_path, capfd):
    assert ask("--model", model, "--root", tmp_path, "--json", photos / "notes.txt") == cli.DONE
    result = json.loads(capfd.readouterr().out)
    assert (result["faces"], result["clusters"], result["unknown"]) == ([], {}, 0)


@pytest.mark.parametrize("way", ["grpc", "rest"])
def test_a_server_answers_as_this_process_does(model, photos, tmp_path, capfd, way):
    from tests.pipeline.serving.stand_in_models import Model, Models
    from tests.pipeline.serving.stand_in_server import StandIn

    assert ask("--model", model, "--root", tmp_path, "--json", photos) == cli.DONE
    expected = json.loads(capfd.readouterr().out)
    server = StandIn(Models({"facefold": Model(model / "serving" / "facefold")}))
    try:
        where = getattr(server, way)
        assert ask("--server", where, "--model", model, "--root", tmp_path, "--json", photos) == cli.DONE
        found = json.loads(capfd.readouterr().out)
        assert found == expected | {"model": f"{where}, version 3"}
        assert server.asked == 1
        alone = ["--server", where, "--root", tmp_path, "--detector", "none", "--json", photos]
        assert ask(*alone) == cli.DONE
        assert json.loads(capfd.readouterr().out) == found
    finally:
        server.close()


def test_a_server_that_is_not_there_fails_in_one_line(photos, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(assigning, "PATIENT", CallSettings(attempts=1))
    arguments = ["--server", "127.0.0.1:9", "--detector", "none", "--root", tmp_path, photos / "a.png"]
    assert ask(*arguments) == cli.FAILED
    assert "UNAVAILABLE" in capfd.readouterr().err
    assert ask("--root", tmp_path, photos / "a.png") == cli.WRONG_ARGUMENTS
    assert "Expected --model DIR, or --server HOST:PORT" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("model_name", "photo", "words"),
    [
        ("pixels", "a.png", "pixels has no groups"),
        ("nowhere", "a.png", "neither a name nor a folder"),
        (None, "none.jpg", "does not exist. Expected a photo"),
    ],
)
def test_mistakes_are_one_line(model, photos, tmp_path, capfd, model_name, photo, words):
    assert ask("--model", model_name or model, "--root", tmp_path, photos / photo) == cli.WRONG_ARGUMENTS
    error = capfd.readouterr().err
    assert words in error
    assert len(error.splitlines()) == 1


def test_names_that_the_terminal_has_no_letters_for_are_written_out(
    model, photos, tmp_path, capfd, monkeypatch
):
    names = [os.fsencode("café.png"), b"caf\xe9.png"]  # one of them in no UTF-8
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes((photos / "a.png").read_bytes())
    for stream in ("stdout", "stderr"):
        ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, stream, ascii_only)
        monkeypatch.setattr(sys, f"__{stream}__", ascii_only)
    given = [tmp_path / os.fsdecode(name) for name in names]
    assert ask("--model", model, "--root", tmp_path / "root", *given) == cli.DONE
    first, second, *_ = capfd.readouterr().out.splitlines()
    assert first.endswith("caf\\xe9.png #0: group 0 (0.750)")
    assert second.endswith("caf\\udce9.png #0: group 0 (0.750)")
    assert ask("--model", model, "--root", tmp_path / "root", "--json", *given) == cli.DONE
    assert len(json.loads(capfd.readouterr().out)["faces"]) == 2
