"""Files of pairs: each format is read as it was written, and tells who mined it."""

import json

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st

from components.pairs.duplicates import pictures_of, read_duplicates
from components.pairs.files import DOPPELVER_COLUMNS, Pairs, beside, read_pairs, split_of
from components.pairs.look_alikes import read_look_alikes
from components.pairs.miner import judged_on_own_mining, miner_of
from components.pairs.writing import FORMS, write_pairs

MINER = "pretrained_face-cdedb337+2bef85b3"
words = st.text(st.characters(categories=("L", "N"), include_characters=" ,'\"-;\n"), min_size=1, max_size=8)
names = words.map(str.strip).filter(lambda name: name not in ("", ".", ".."))


def written(folder, pairs, form):
    file = folder / f"{form}.txt"
    write_pairs(pairs, file, form, {"statistics": {}})
    return file


def same_pairs(one, other):
    assert (list(one.first), list(one.second)) == (list(other.first), list(other.second))
    assert one.same.tolist() == other.same.tolist()
    assert [one.fold_names[i] for i in one.fold] == [other.fold_names[i] for i in other.fold]
    assert (one.kind, one.miner, one.seed) == (other.kind, other.miner, other.seed)


@pytest.mark.parametrize("form", ["csv", "doppelver"])
@given(
    st.lists(st.tuples(names, names, st.booleans(), st.integers(0, 11)), min_size=1, max_size=8),
    st.sampled_from(["", MINER]),
)
def test_what_is_written_is_read(tmp_path_factory, form, rows, miner):
    import unicodedata

    plain = [[unicodedata.normalize("NFC", text) for text in row[:2]] for row in rows]
    first = [f"{a}/{a} 1" for a, _ in plain]
    second = [f"{a if row[2] else b}/{b} 2" for (a, b), row in zip(plain, rows, strict=True)]
    folds = sorted({row[3] for row in rows})
    pairs = Pairs(
        [f"{path}.jpg" for path in first],
        [f"{path}.png" for path in second],
        np.array([row[2] for row in rows], bool),
        np.array([folds.index(row[3]) for row in rows], np.int64),
        tuple(map(str, folds)),
        None,
        "vise",
        miner,
        "7",
    )
    found = read_pairs(written(tmp_path_factory.mktemp("pairs"), pairs, form))
    without = Pairs(first, second, pairs.same, pairs.fold, pairs.fold_names, None, "vise", miner, "7")
    same_pairs(found, without)


def lfw_pairs():
    return Pairs(
        ["Ann/Ann_0001.jpg", "Bo/Bo_0001.jpg", "Cy/Cy_0003.jpg", "Cy/Cy_0001.jpg"],
        ["Ann/Ann_0002.jpg", "Cy/Cy_0012.jpg", "Di/Di_0001.jpg", "Cy/Cy_0002.jpg"],
        np.array([True, False, False, True]),
        np.array([0, 0, 1, 1]),
        ("0", "1"),
        None,
        "doppelganger",
        MINER,
        "0",
    )


def test_lfw_format_is_read_as_written_and_the_file_beside_it_tells_the_miner(tmp_path):
    file = written(tmp_path, lfw_pairs(), "lfw")
    lines = file.read_text().splitlines()
    assert lines == ["2\t1", "Ann\t1\t2", "Bo\t1\tCy\t12", "Cy\t1\t2", "Cy\t3\tDi\t1"]
    found = read_pairs(file)
    assert found.first == ["Ann/Ann_0001", "Bo/Bo_0001", "Cy/Cy_0001", "Cy/Cy_0003"]
    assert (found.kind, found.miner, found.seed) == ("doppelganger", MINER, "0")
    file.write_text(file.read_text().replace("Cy\t12", "Cy\t11"))
    assert read_pairs(file).miner == ""  # the file beside tells of another content


@pytest.mark.parametrize("form", FORMS)
def test_the_same_pairs_make_the_same_bytes(tmp_path, form):
    files = [written(tmp_path, lfw_pairs(), form) for _ in range(2)]
    first = [files[0].read_bytes(), beside(files[0]).read_bytes()]
    assert [written(tmp_path, lfw_pairs(), form).read_bytes(), beside(files[1]).read_bytes()] == first
    assert json.loads(first[1])["miner"] == MINER


def test_doppelver_has_its_seven_columns_and_its_people(tmp_path):
    file = written(tmp_path, lfw_pairs(), "doppelver")
    lines = file.read_text().splitlines()
    assert lines[0] == ",".join(DOPPELVER_COLUMNS)
    assert lines[1] == f"doppelganger:{MINER}:0:1,Ann,Ann_0001.jpg,Ann,Ann_0002.jpg,1,0"
    theirs = tmp_path / "theirs.csv"  # their own file counts its rows and tells no miner
    theirs.write_text(
        f"{lines[0]}\n1,Jo Doe,00_0.jpg,Jo Roe,01_0.jpg,0,9\n2,Jo Doe,00_0.jpg,Jo Doe,02_0.jpg,1,0\n"
    )
    found = read_pairs(theirs)
    assert found.people == (["Jo Doe", "Jo Doe"], ["Jo Roe", "Jo Doe"])
    assert (found.first[0], found.second[0], found.miner) == ("Jo Doe/00_0", "Jo Roe/01_0", "")
    assert [found.fold_names[i] for i in found.fold] == ["9", "0"]


def test_kinfacew_names_its_folders_and_families(tmp_path):
    rows = [[1, 1, "fd_001_1.jpg", "fd_001_2.jpg"], [5, 0, "fd_002_1.jpg", "fd_017_2.jpg"]]
    array = np.empty((2, 4), object)
    for i, row in enumerate(rows):
        array[i] = row
    scipy.io.savemat(tmp_path / "fd_pairs.mat", {"pairs": array})
    found = read_pairs(tmp_path / "fd_pairs.mat")
    assert found.first == ["father-dau/fd_001_1", "father-dau/fd_002_1"]
    assert found.second == ["father-dau/fd_001_2", "father-dau/fd_017_2"]
    assert found.people == (["fd_001", "fd_002"], ["fd_001", "fd_017"])
    assert (found.same.tolist(), found.fold_names, found.kind) == ([True, False], ("1", "5"), "kin")
    array[1, 3] = "x.jpg"
    scipy.io.savemat(tmp_path / "x.mat", {"pairs": array})
    with pytest.raises(ValueError, match=r"line 2.*fd_001_1\.jpg.*x\.jpg"):
        read_pairs(tmp_path / "x.mat")
    scipy.io.savemat(tmp_path / "y.mat", {"other": np.zeros(3)})
    with pytest.raises(ValueError, match=r"array 'pairs' \(p, 4\)"):
        read_pairs(tmp_path / "y.mat")


def test_a_split_is_taken_by_its_name():
    found = split_of(lfw_pairs(), "1")
    assert (found.first, found.fold.tolist()) == (["Cy/Cy_0003.jpg", "Cy/Cy_0001.jpg"], [1, 1])
    with pytest.raises(ValueError, match="no split '2'. Expected one of: 0, 1"):
        split_of(lfw_pairs(), "2")


def test_what_lfw_format_can_not_hold(tmp_path):
    pairs = lfw_pairs()
    with pytest.raises(ValueError, match=r"Expected Name/Name_0001\.jpg"):
        written(tmp_path, Pairs(["a/1.jpg", *pairs.first[1:]], pairs.second, pairs.same, pairs.fold), "lfw")
    with pytest.raises(ValueError, match="folds of one size"):
        written(tmp_path, pairs.where(np.array([True, True, False, True])), "lfw")
    with pytest.raises(ValueError, match="Expected photos directly in their people's folders"):
        written(tmp_path, Pairs(["a/b/1.jpg"], ["a/2.jpg"], np.array([True]), np.array([0])), "doppelver")


def test_a_model_is_known_on_what_it_mined():
    assert miner_of("pretrained_face-cdedb337", "2bef85b3") == MINER
    assert judged_on_own_mining("pretrained_face-cdedb337", "", MINER)
    assert judged_on_own_mining("face-people-12345678", "2bef85b3", MINER)  # one network, two looks
    assert not judged_on_own_mining("imagenet_lite-12345678", "abcdef01", MINER)
    assert not judged_on_own_mining("pretrained_face-cdedb337", "2bef85b3", "")
    fitted = miner_of("pca-11111111", "22222222")
    assert judged_on_own_mining("pca-33333333", "44444444", fitted, fitted=True)
    assert not judged_on_own_mining("pca-33333333", "44444444", fitted)


def test_look_alikes_are_read_once_each_with_or_without_a_head(tmp_path):
    file = tmp_path / "looks.csv"
    file.write_text("Pair 1,Pair 2\nBo,Ann\nAnn,Bo\nAnn,Cy\nAnn,Nobody\n")
    assert read_look_alikes(file, ["Ann", "Bo", "Cy"]) == ([(0, 1), (0, 2)], ["Nobody"])
    file.write_text("Bo,Ann\n")
    assert read_look_alikes(file, ["Ann", "Bo"]) == ([(0, 1)], [])
    file.write_text("a,b\nBo,Bo\n")
    with pytest.raises(ValueError, match="line 2, names no two people"):
        read_look_alikes(file, ["Ann", "Bo"])
    file.write_text("x,y\n")
    with pytest.raises(ValueError, match="no pair of people who are there"):
        read_look_alikes(file, ["Ann", "Bo"])


def test_duplicates_join_by_path_by_hash_and_over_steps(tmp_path):
    file = tmp_path / "duplicates.csv"
    file.write_text(
        "first,second,kind,first_hash,second_hash\n"
        "a/1.jpg,a/2.jpg,flipped,h1,h2\n"
        "elsewhere/2.jpg,elsewhere/3.jpg,tinted,h2,h3\n"
    )
    told = read_duplicates(file)
    pictures = pictures_of(
        ["a/1.jpg", "a/2.jpg", "b/3.jpg", "b/4.jpg", "c/5.jpg"], ["h1", "h2", "h3", "h4", "h4"], told
    )
    assert pictures[0] == pictures[1] == pictures[2]
    assert pictures[3] == pictures[4] != pictures[0]
    file.write_text("one,two\n")
    with pytest.raises(ValueError, match="Expected the columns first, second"):
        read_duplicates(file)
