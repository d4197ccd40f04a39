"""What makes a run another one: content, wherever a setting names a file or a folder."""

import os

import pytest

from components.ingest import content
from components.ingest.content import forget_hashes
from pipeline.commands import local_run
from pipeline.dag.layout import Layout
from pipeline.recipes.assignments import prepared
from pipeline.recipes.catalog import get_recipe
from pipeline.runners.finished import finish
from pipeline.runners.root_lock import WrongRootError
from pipeline.runners.unchanged import remember, run_key, same_as_latest
from schemas.settings import paths_of

TIMES = (10**18, 10**18)  # nanoseconds


def write(file, data):
    """Writes a file and sets its time back, as ``rsync -t`` does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, ns=TIMES)


JPEG = b"\xff\xd8\xff\xe0"  # the first bytes of a photo


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "UNSETTLED", -1.0)
    for name in ("a", "b"):
        write(tmp_path / "photos" / f"{name}.jpg", JPEG + name.encode())
    return tmp_path


def key_of(folder, *settings, recipe="face-cae", tell=None):
    chosen = prepared(get_recipe(recipe), str(folder / "photos"), settings)
    return run_key(chosen, Layout(folder / "root"), tell)


TABLES = {
    "attributes": b"file,male\na.jpg,%d\n",
    "pairs": b"first,second,same\na,b,%d\n",
    "decisions": b'{"left": "%b", "right": "%b%%d", "keep": "left"}\n' % (b"a" * 64, b"b" * 63),
}
FILES = [
    ("attributes", "face-cae", ()),
    ("pairs", "face-cae", ()),
    ("model_path", "face-cae", ("detector=yunet",)),
    ("landmarks_path", "face-cae", ("landmarks=file",)),
    ("weights_path", "face-cae", ("model=resnet50",)),
    ("decisions", "face-cae", ()),
]


@pytest.mark.parametrize(("setting", "recipe", "others"), FILES)
def test_an_edited_file_makes_another_run_though_its_path_and_times_stay(folder, setting, recipe, others):
    asked = [*others, f"{setting}={folder / 'file'}"]
    content = TABLES.get(setting, b"%d")
    write(folder / "file", content % 0)
    before = key_of(folder, *asked, recipe=recipe)
    assert key_of(folder, *asked, recipe=recipe) == before
    write(folder / "file", content % 1)
    assert key_of(folder, *asked, recipe=recipe) != before


def test_these_are_all_settings_that_name_a_file():
    recipes = [prepared(get_recipe("face-cae"), "/", ["model=resnet50"], on_this_machine=False)]
    named = {"images"} | {setting for setting, *_ in FILES}
    for recipe in recipes:
        filled = [
            part.changed(**dict.fromkeys(named & set(type(part).model_fields), "/x"))
            for part in recipe.parts().values()
        ]
        assert {key for part in filled for key in paths_of(part)} == named
        known = {
            key
            for part in recipe.parts().values()
            for key, field in type(part).model_fields.items()
            if field.json_schema_extra["about"]["path"] and not field.json_schema_extra["about"]["internal"]
        }
        assert known == named


def test_a_file_in_a_folder_of_points_counts(folder):
    asked = ["landmarks=file", f"landmarks_path={folder / 'points'}"]
    write(folder / "points" / "a.pts", b"1")
    before = key_of(folder, *asked)
    write(folder / "points" / "b.pts", b"1")
    assert key_of(folder, *asked) != before


def test_swapped_photos_and_edited_pixels_make_another_run(folder):
    photos, seen = folder / "photos", [key_of(folder)]
    assert key_of(folder) == seen[0]
    (photos / "a.jpg").rename(photos / "c")
    (photos / "b.jpg").rename(photos / "a.jpg")
    (photos / "c").rename(photos / "b.jpg")
    seen.append(key_of(folder))
    write(photos / "a.jpg", JPEG + b"x")
    seen.append(key_of(folder))
    assert len(set(seen)) == 3


def test_asked_to_check_a_run_reads_files_that_seem_unchanged(folder, monkeypatch):
    """A disk that lost a bit changes neither size nor times."""
    monkeypatch.setattr(content, "_state", lambda file: (file, 0.0))
    before = key_of(folder)
    write(folder / "photos" / "a.jpg", JPEG + b"z")
    assert key_of(folder) == before
    forget_hashes(Layout(folder / "root").photos)
    assert key_of(folder) != before


def test_a_root_among_the_photos_is_left_out_and_said(folder):
    before, told = key_of(folder), []
    for name in ("lock.json", "runs/1/report.jpg"):
        write(folder / "photos" / "kept" / "facefold-runs" / name, b"x")
    assert key_of(folder, tell=told.append) == before
    (line,) = told
    assert line.startswith("kept/facefold-runs is left out")


def test_the_folder_of_photos_is_no_root_and_a_root_no_folder_of_photos(folder):
    recipe = prepared(get_recipe("face-cae"), str(folder / "photos"), [])
    with pytest.raises(WrongRootError, match="is the folder of photos. Expected another one.*Fix: --root"):
        local_run.run(recipe, folder / "photos", None)
    for name in ("metadata.sqlite", "artifacts/1"):
        write(folder / "photos" / name, b"x")
    with pytest.raises(ValueError, match="facefold keeps its own files in"):
        prepared(get_recipe("face-cae"), str(folder / "photos"), [])


def finished_run(root, name, key, pushed=None):
    """A run under a root that has ended: its report, an artifact, its key and its result."""
    folder, artifact = Layout(root).runs / name, root / "artifacts" / name
    artifact.mkdir(parents=True)
    write(folder / "report.html", b"")
    if pushed is not None:
        write(pushed / "saved_model.pb", b"")
    made = {"report": str(folder / "report.html"), "artifacts": {"model": str(artifact)}}
    remember(folder, key)
    finish(folder, made | {"pushed_model": pushed and str(pushed)})
    return folder, artifact


def test_a_run_is_that_of_before_only_if_it_was_the_latest_with_this_key(tmp_path):
    layout = Layout(tmp_path)
    assert same_as_latest(layout, "k1") is None
    finished_run(tmp_path, "a", "k1")
    assert same_as_latest(layout, "k1")["artifacts"] == {"model": str(tmp_path / "artifacts" / "a")}
    assert same_as_latest(layout, "k2") is None
    latest, _ = finished_run(tmp_path, "b", "k2")
    assert same_as_latest(layout, "k1") is None
    assert same_as_latest(layout, "k2")["report"] == str(latest / "report.html")
    finished_run(tmp_path, "c", "k1")
    assert same_as_latest(layout, "k1") is not None
    assert same_as_latest(layout, "k2") is None
    (layout.runs / "c" / "key").unlink()
    assert same_as_latest(layout, "k1") is None


@pytest.mark.parametrize("gone", ["report", "artifact", "pushed"])
def test_a_run_of_which_something_is_gone_is_made_again(tmp_path, gone):
    pushed = tmp_path / "serving" / "1"
    folder, artifact = finished_run(tmp_path, "a", "k", pushed)
    assert same_as_latest(Layout(tmp_path), "k") is not None
    if gone == "artifact":
        artifact.rmdir()
    else:
        {"report": folder / "report.html", "pushed": pushed / "saved_model.pb"}[gone].unlink()
    assert same_as_latest(Layout(tmp_path), "k") is None
