"""Figures per group: both forms of attributes, who is in which slice, and the gap between two."""

import json

import numpy as np
import pytest

from components.evaluate.figures.metrics import label_metrics
from components.evaluate.figures.slices import (
    groups_of_pairs,
    label_slices,
    largest_gap,
    sliceable,
    verification_slices,
)
from components.evaluate.figures.verification import figures_of, score_pairs
from components.pairs.files import Pairs
from components.photo_attributes import Attributes, groups_of, read_attributes


def test_both_forms_of_attributes_are_read(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("file,male\nAnn_0001.jpg,0\nBo_0001.jpg,1\n")
    found = read_attributes(file)
    assert (found.files, found.columns) == (["Ann_0001.jpg", "Bo_0001.jpg"], {"male": ["0", "1"]})
    file.write_text("Male,Young,Path\n1,-1,x/1.jpg\n\n-1,1,y/2.jpg\n")
    found = read_attributes(file)
    assert found.files == ["x/1.jpg", "y/2.jpg"]
    assert found.columns == {"Male": ["1", "-1"], "Young": ["-1", "1"]}
    file.write_text("who,hat\n1.jpg,yes\n")
    assert read_attributes(file).files == ["1.jpg"]  # the first column, whatever its name


def test_the_research_attributes_are_read(data):
    celeba = read_attributes(data / "celeba_wild_attributes.csv")
    assert set(celeba.columns["Male"]) == {"-1", "1"}
    paths = [f"{name}/{file}" for file, name in zip(celeba.files, celeba.columns["identity"], strict=True)]
    assert "Male" in sliceable(paths, celeba)
    assert "identity" not in sliceable(paths, celeba)
    lfw = read_attributes(data / "lfw_dev_gender.csv")
    (column,) = lfw.columns
    assert groups_of([f"Abdullah_Gul/{lfw.files[2]}"], lfw, column) == ["1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "row 1.*a head"),
        ("file\na.jpg\n", "row 1.*a head"),
        ("file,male\na.jpg\n", "row 2.*Expected 2 values; received 1"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, message):
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_attributes(file)


def test_photos_are_found_by_path_then_by_a_name_that_is_theirs_alone():
    attributes = Attributes(
        ["a/1.jpg", "2.png", "3.jpg", "x/4.jpg", "y/4.jpg"], {"hat": ["p", "q", "r", "s", "t"]}
    )
    paths = ["a/1.png", "b/2.jpg", "c/3.jpg", "d/3.jpg", "e/4.jpg", "f/9.jpg", "b/2.jpg"]
    assert groups_of(paths, attributes, "hat") == ["p", "q", None, None, None, None, "q"]
    with pytest.raises(ValueError, match="Unknown attribute 'cap'. Expected one of: hat"):
        groups_of(paths, attributes, "cap")


def test_columns_with_one_value_or_too_many_make_no_slices():
    files = [f"{i}.jpg" for i in range(12)]
    columns = {"two": ["a", "b"] * 6, "one": ["a"] * 12, "name": files, "empty": [""] * 12}
    assert sliceable(files, Attributes(files, columns)) == ["two"]


def two_groups(n_people=20, photos=4):
    """People of group g are all right, of group b half are in one cluster."""
    people = np.repeat(np.arange(n_people), photos)
    bad = people % 2 == 1
    clusters = np.where(bad & (people % 4 == 1), 0, people + 1)
    return [f"p{i}" for i in people], clusters, ["b" if b else "g" for b in bad]


def test_a_slice_is_the_figure_of_its_faces_alone():
    labels, clusters, groups = two_groups()
    groups[0] = groups[5] = None
    found = label_slices(labels, clusters, groups, 40)
    for name in ("b", "g"):
        rows = [i for i, group in enumerate(groups) if group == name]
        figures = label_metrics([labels[i] for i in rows], clusters[rows])
        entry = found["groups"][name]
        assert entry["figures"] == figures
        assert (entry["n"], entry["n_identities"]) == (39, 10)
        assert entry["intervals"]["ari"]["value"] == figures["ari"]
    assert found["unknown"] == 2
    json.dumps(found, allow_nan=False)


def test_the_largest_gap_names_figure_and_groups():
    found = label_slices(*two_groups(), 40)["gap"]
    assert (found["high"], found["low"], found["overlap"]) == ("g", "b", False)
    assert found["metric"] not in ("merges", "moves", "repairs")
    intervals = {
        "a": {"x": {"value": 0.5, "low": 0.4, "high": 0.6}, "y": {"value": 0.9, "low": 0.8, "high": 0.95}},
        "b": {"x": {"value": 0.7, "low": 0.55, "high": 0.8}, "y": {"value": 0.8, "low": 0.7, "high": 0.85}},
        "c": {"x": {"value": None, "low": None, "high": None}},
    }
    gap = largest_gap(intervals)
    assert gap["gap"] == pytest.approx(0.2)
    assert (gap["metric"], gap["high"], gap["low"], gap["overlap"]) == ("x", "b", "a", True)
    assert largest_gap(intervals, leave_out=["x"])["metric"] == "y"
    assert largest_gap({"a": intervals["a"]}) is None


def test_pairs_belong_to_a_slice_when_both_photos_do():
    generator = np.random.default_rng(0)
    x = np.repeat(generator.standard_normal((24, 8)), 2, axis=0) + 0.4 * generator.standard_normal((48, 8))
    row_of = {f"p{i // 2}/p{i // 2}_{i % 2}": i for i in range(48)}
    first = [f"p{i}/p{i}_0" for i in range(24)] * 2
    second = [f"p{i}/p{i}_1" for i in range(24)] + [f"p{j}/p{j}_1" for j in (np.arange(24) + 2) % 24]
    first[-1], second[-1] = "p0/p0_0", "p1/p1_0"  # across the two groups
    pairs = Pairs(first, second, np.arange(48) < 24, np.arange(48) % 3)
    files = [f"{path.split('/')[1]}.jpg" for path in row_of][2:]  # of p0 nothing is known
    hats = ["yes" if int(name[1:].split("_")[0]) % 2 else "no" for name in files]
    del row_of["p5/p5_0"]
    scored = score_pairs(x, row_of, pairs)
    groups = groups_of_pairs(pairs, scored, Attributes(files, {"hat": hats}), "hat")
    found = verification_slices(scored, groups, 30)
    used = [(pairs.first[i], pairs.second[i]) for i in scored.index]
    unknown = sum("p0/" in a or "p0/" in b for a, b in used)
    assert found["unknown"] == unknown > 0
    assert found["mixed"] + unknown + sum(entry["n"] for entry in found["groups"].values()) == len(used)
    rows = np.array([pair == ("yes", "yes") for pair in groups])
    assert found["groups"]["yes"]["n"] == rows.sum()
    kept = Pairs(
        [pairs.first[i] for i in scored.index[rows]], [pairs.second[i] for i in scored.index[rows]],
        scored.same[rows], scored.fold[rows],
    )  # fmt: skip
    assert found["groups"]["yes"]["figures"] == figures_of(score_pairs(x, row_of, kept))
    assert found["gap"]["metric"] in ("auc", "accuracy", "eer")
    json.dumps(found, allow_nan=False)


def test_different_lengths_are_an_error():
    with pytest.raises(ValueError, match="received 1, 2 and 2"):
        label_slices(["a"], np.array([0, 1]), ["x", "y"])
    scored = score_pairs(
        np.eye(2), {"a/1": 0, "a/2": 1}, Pairs(["a/1"], ["a/2"], np.ones(1, bool), np.zeros(1, int))
    )
    with pytest.raises(ValueError, match="received 0 for 1 pairs"):
        verification_slices(scored, [])
