"""Pairs files, and what the cosine makes of them."""

import numpy as np
import pytest

from components.evaluate.verification import Pairs, best_threshold, read_pairs, verify

LFW = "2\t1\nAnn\t1\t4\nAnn\t2\tBo\t10\nBo\t1\t2\nBo\t3\tCy\t1\n"


def test_lfws_format_gives_paths_sides_and_folds(tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text(LFW)
    pairs = read_pairs(file)
    assert pairs.first == ["Ann/Ann_0001", "Ann/Ann_0002", "Bo/Bo_0001", "Bo/Bo_0003"]
    assert pairs.second == ["Ann/Ann_0004", "Bo/Bo_0010", "Bo/Bo_0002", "Cy/Cy_0001"]
    assert pairs.same.tolist() == [True, False, True, False]
    assert pairs.fold.tolist() == [0, 0, 1, 1]


def test_csv_names_files_with_or_without_folds(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("first,second,same,fold\na/1.jpg,a/2.png,1,x\na/1.jpg,b/1.jpg,0,y\n")
    pairs = read_pairs(file)
    assert (pairs.first, pairs.second) == (["a/1", "a/1"], ["a/2", "b/1"])
    assert pairs.fold.tolist() == [0, 1]
    file.write_text("first,second,same\n" + "a/1.jpg,a/2.jpg,1\n" * 25)
    assert np.bincount(read_pairs(file).fold).tolist() == [3] * 5 + [2] * 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1.*numbers of folds"),
        ("1 2\nAnn 1 4\n", r"Expected 4 pairs.*received '1'"),
        ("1 1\nAnn 1 4\nAnn x Bo 2\n", "line 3.*'name n m'"),
        ("first,second\na,b\n", "columns first, second, same"),
        ("first,second,same\na,b,yes\n", "line 2.*0 or 1"),
    ],
)
def test_a_file_of_neither_format_is_refused_with_its_line(tmp_path, text, message):
    file = tmp_path / "pairs"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_pairs(file)


def planted(n_people=40, noise=0.3, folds=4):
    """Two photos of each person near a point of their own; one pair of each sort a person."""
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((n_people, 16))
    x = np.repeat(centres, 2, axis=0) + noise * generator.standard_normal((2 * n_people, 16))
    row_of = {f"p{i // 2}/{i % 2}": i for i in range(2 * n_people)}
    first = [f"p{i}/0" for i in range(n_people)] * 2
    second = [f"p{i}/1" for i in range(n_people)] + [f"p{(i + 1) % n_people}/1" for i in range(n_people)]
    same = np.arange(2 * n_people) < n_people
    return x, row_of, Pairs(first, second, same, np.arange(2 * n_people) % folds)


def test_people_apart_are_told_and_equal_people_are_guessed():
    x, row_of, pairs = planted()
    good = verify(x, row_of, pairs)
    assert good["auc"] > 0.99
    assert good["accuracy"] > 0.95
    assert (good["pairs"], good["missing"]) == (80, 0)
    guess = verify(np.random.default_rng(1).standard_normal(x.shape), row_of, pairs)
    assert 0.3 < guess["auc"] < 0.7
    assert guess["accuracy_se"] > 0


def test_the_threshold_comes_from_the_other_folds():
    # In fold 1 the scores lie far higher: its own threshold would be right for all, the others' for half.
    scores = np.array([0.1, 0.3, 0.1, 0.3, 0.7, 0.9])
    same = np.array([False, True] * 3)
    row_of = {"a": 0, "b": 1}
    from components.evaluate.verification import fold_accuracies

    assert row_of
    assert fold_accuracies(scores, same, np.array([0, 0, 2, 2, 1, 1])) == [1.0, 0.5, 1.0]


def test_pairs_without_a_face_are_counted_not_guessed():
    x, row_of, pairs = planted()
    del row_of["p0/0"], row_of["p1/1"]
    found = verify(x, row_of, pairs)
    assert (found["pairs"], found["missing"]) == (77, 3)
    nobody = verify(x, {}, pairs)
    assert nobody == {"auc": None, "accuracy": None, "accuracy_se": None, "pairs": 0, "missing": 80}


def test_best_threshold_lies_between():
    assert best_threshold(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, False, True, True])) == 0.5
    assert best_threshold(np.array([0.2, 0.4]), np.array([True, True])) < 0.2
