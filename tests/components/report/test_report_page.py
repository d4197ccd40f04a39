"""What the page says, that it needs nothing else, and that it cannot be broken by what it shows."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from components.report.data import GroupedFaces, Reconstructions, ReportData
from components.report.render import render_report

EVIL = "<script>alert(1)</script>\"'&\udcff\u202egpj.exe\n{{ 7 * 7 }}"
SECTIONS = [
    "summary",
    "intake",
    "aligned",
    "training",
    "reconstructions",
    "latents",
    "choice",
    "space",
    "map",
]
SECTIONS += ["groups", "doubt", "evaluation", "pairs", "two-sets", "verdict", "card-of-model", "files"]
SECTIONS += ["settings", "credits"]
BESIDE = ("figures/", "projector/")  # links for whoever wants the numbers: the page loads none of them


class Elements(HTMLParser):
    """Start tags with their attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.stack: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.stack.append(tag)

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.stack):
            self.words.append(data)


@pytest.fixture(scope="module")
def page(report):
    return Elements(report.read_text("utf-8"))


def empty_run() -> ReportData:
    return ReportData(
        recipe={"name": "face-cae", "paper": None, "what": None},
        created="2025-01-01",
        faces=GroupedFaces(),
    )


def rendered(data: ReportData, tmp_path, **options) -> str:
    return render_report(data, tmp_path / "report.html", **options).read_text("utf-8")


def face_columns(text: str) -> dict:
    return json.loads(re.search(r'id="faces">(.*?)</script>', text, re.S).group(1))


def test_every_section_is_there_once_and_is_in_the_contents(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert [i for i in ids if i in SECTIONS] == SECTIONS
    targets = [a["href"][1:] for tag, a in page.tags if tag == "a" and a.get("href", "").startswith("#")]
    assert set(targets) <= set(ids)


def test_nothing_is_loaded_from_outside(report, page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "action", "poster", "data", "xlink:href"):
            value = attributes.get(name, "#")
            if tag == "a" and value.startswith(BESIDE):
                assert (report.parent / value).is_file()
                continue
            assert value.startswith(("#", "data:")), (tag, name, value[:80])
    assert "://" not in re.sub(r"data:image/jpeg;base64,[\w+/=]*", "", report.read_text("utf-8"))
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe-inline" not in re.search(r"script-src ([^;]*)", policy).group(1)


def test_summary_counts_add_up(page):
    assert (
        "407 files came in. 400 faces were found, in 400 of them; 2 had no face, 1 was a duplicate"
        in page.text
    )
    assert "400 with faces + 2 without a face + 1 duplicate + 4 rejected = 407 files" in page.text
    assert "into 38 groups" in page.text
    assert "Silhouette 0.14 on eval is at least 0.02." in page.text


def test_counts_that_do_not_add_up_are_told(run, tmp_path):
    text = rendered(replace(run, ingest={**run.ingest, "files": 999}), tmp_path)
    assert "The counts do not add up" in text


def test_every_face_is_on_a_contact_sheet_once(run, page):
    faces = [a["data-f"] for tag, a in page.tags if tag == "li" and "data-f" in a]
    n = len(run.faces)
    assert sorted(set(map(int, faces))) == list(range(n))
    assert len(faces) == n + 24
    marked = [a for tag, a in page.tags if "data-u" in a]
    assert len(marked) == int(run.faces.unknown.sum())


def test_groups_come_by_size_and_the_choice_is_marked_in_each_criterion(run, page, report):
    order = [int(a["id"][6:]) for tag, a in page.tags if tag == "article"]
    sizes = [int((run.faces.cluster == cluster).sum()) for cluster in order]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(run.faces)
    assert report.read_text("utf-8").count("chosen: k = 38") == 9  # one a criterion
    assert "n = 400" in page.text
    assert "87.3% of the variance kept" in page.text


def test_face_data_places_each_face(run, report):
    columns = face_columns(report.read_text("utf-8"))
    assert columns["path"] == list(run.faces.image_paths)
    assert len(columns["points"]) == len(run.projection)
    names = [columns["groups"][rank] for rank in columns["group"]]
    assert names == [f"Group {cluster}" for cluster in run.faces.cluster]
    assert sorted(columns["slot"]) == list(range(len(run.faces)))


def test_names_from_users_stay_text(run, tmp_path):
    n = len(run.faces)
    faces = replace(run.faces, image_paths=[EVIL] * n, labels=[EVIL] * n)
    data = replace(
        run,
        faces=faces,
        files=[{"path": EVIL, "status": "rejected", "reason": EVIL, "n_faces": 0, "duplicate_of": EVIL}],
        ingest={**run.ingest, "reasons": {EVIL: 3}},
        recipe={"name": EVIL, "paper": EVIL, "what": EVIL},
        settings={EVIL: EVIL},
        versions={EVIL: EVIL},
        credits=[EVIL],
        verdict={"blessed": False, "reasons": [EVIL], "baseline": {EVIL: EVIL}},
        selection={
            **run.selection,
            "reasons": [EVIL],
            "criterion": EVIL,
            "candidates": [{**candidate, "clusterer": EVIL} for candidate in run.selection["candidates"]],
        },
        roc=[{**run.roc[0], "name": EVIL, "protocol": EVIL}],
        metrics={EVIL: {EVIL: EVIL}},
    )
    text = rendered(data, tmp_path)
    parsed = Elements(text)
    assert [a.get("id") for tag, a in parsed.tags if tag == "script"] == ["faces", None]
    assert "alert(1)" in parsed.text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "{{ 7 * 7 }}" in html.unescape(text)
    assert "\\xff\\u202egpj.exe\\n" in face_columns(text)["path"][0]


def test_paths_as_bytes_and_bad_surrogates(run, tmp_path):
    n = len(run.faces)
    paths = [b"caf\xe9.jpg", "lone \ud800.jpg", "naïve 顔.jpg", *run.faces.image_paths[3:n]]
    columns = face_columns(rendered(replace(run, faces=replace(run.faces, image_paths=paths)), tmp_path))
    assert columns["path"][:3] == ["caf\\xe9.jpg", "lone \\ud800.jpg", "naïve 顔.jpg"]


def sections_of(parsed: Elements) -> tuple[list[str], list[str]]:
    """The sections that are there, and those that the contents name."""
    there = [a["id"] for _, a in parsed.tags if a.get("id") in SECTIONS]
    named = [a["href"][1:] for tag, a in parsed.tags if tag == "a" and a.get("href", "")[1:] in SECTIONS]
    return there, [section for section in SECTIONS if section in named]


def test_an_empty_run_has_only_sections_that_say_something(tmp_path):
    parsed = Elements(rendered(empty_run(), tmp_path))
    assert sections_of(parsed) == (["summary", "intake", "evaluation", "verdict", "settings"],) * 2
    for sentence in (
        "No verdict",
        "The totals of the ingest are not here",
        "the photos came without names",
        "No settings were recorded",
        "No versions were recorded",
    ):
        assert sentence in parsed.text, sentence
    assert "There are no" not in parsed.text
    assert "There is no" not in parsed.text
    assert "None" not in parsed.text
    assert not re.search(r"\bnan\b", parsed.text)


@pytest.mark.parametrize(
    ("without", "left_out"),
    [
        ({"history": ()}, {"training"}),
        ({"reconstructions": None}, {"reconstructions"}),
        ({"latents": {}}, {"latents"}),
        ({"selection": None}, {"choice"}),
        ({"projection": None, "projection_index": None}, {"map"}),
        ({"points": None, "familiarity": None}, {"space"}),
        ({"card": {}}, {"card-of-model"}),
        ({"credits": ()}, {"credits"}),
        ({"roc": None}, set()),  # there are given pairs
        ({"metrics": {}}, set()),
        ({"tightness": {}}, set()),
    ],
)
def test_a_section_without_anything_to_show_is_left_out_and_the_others_stay(run, tmp_path, without, left_out):
    there, named = sections_of(Elements(rendered(replace(run, **without), tmp_path)))
    assert there == [section for section in SECTIONS if section not in left_out]
    assert named == there


def test_pairs_are_left_out_where_there_is_no_curve(run, tmp_path):
    evidence = {name: value for name, value in run.evidence.items() if name != "pairs"}
    without = replace(run, roc=None, evidence=evidence)
    there, named = sections_of(Elements(rendered(without, tmp_path)))
    assert there == named == [section for section in SECTIONS if section != "pairs"]


@pytest.mark.parametrize(
    ("without", "sentence"),
    [
        ({"files": ()}, "The list of files is not here"),
        ({"verdict": {"blessed": True, "reasons": [], "baseline": None}}, "no earlier blessed model"),
    ],
)
def test_what_a_section_lacks_beside_what_it_shows_is_said(run, page, tmp_path, without, sentence):
    assert sentence in Elements(rendered(replace(run, **without), tmp_path)).text
    assert sentence not in page.text


def test_no_elbow_no_seeds_and_no_ellipses_are_no_news(run, tmp_path):
    bare = replace(run, selection={**run.selection, "elbow": None, "seeds": None}, mixture=None)
    text = Elements(rendered(bare, tmp_path)).text
    for words in ("Elbow of k-means", "no elbow", "spread over seeds", "The same mixture", "no ellipses"):
        assert words not in text, words
    assert "Kinds of clusterers against criteria" in text


def test_where_nothing_was_chosen_the_page_says_so_and_compares_nothing(run, tmp_path):
    said = "Nothing was chosen: the clusterer people alone was tried, and finds the number itself."
    only = {**run.selection["candidates"][0], "clusterer": "people", "variant": None, "finds_number": True}
    only |= {"cv_log_likelihood": None, "cv_folds": [], "stability": 0.912, "silhouette": 0.456}
    selection = {**run.selection, "candidates": [only], "chosen": 0, "criterion": "", "reasons": [said]}
    page = rendered(replace(run, selection=selection), tmp_path)
    text = Elements(re.search(r'<section id="choice">.*?</section>', page, re.S).group(0)).text
    assert said in text
    assert "The number of groups" in text
    for words in ("Stability", "0.912", "Silhouette", "0.456"):
        assert words in text
    for words in ("Choosing the number", "chosen by", "Kinds of clusterers", "Pick one", "All candidates"):
        assert words not in text, words


def test_the_number_of_groups_is_that_of_all_faces_not_of_the_searched_sample(run, tmp_path):
    parsed = Elements(rendered(replace(run, selection={**run.selection, "n_clusters": 989}), tmp_path))
    assert "989 groups by the clusterer" in parsed.text


def test_faces_in_no_group_are_a_figure_of_their_own_and_not_unlike_the_others(run, tmp_path):
    cluster, unknown = run.faces.cluster.copy(), np.zeros(len(run.faces), bool)
    cluster[:7], unknown[:7] = -1, True
    faces = replace(run.faces, cluster=cluster, unknown=unknown)
    page = rendered(replace(run, faces=faces), tmp_path)
    assert "left 7 faces in no group. 0 faces" not in Elements(page).text
    assert "unlike what it learned from" not in re.search(r'<div class="lede">.*?</p>', page, re.S).group(0)
    assert "<dt>faces<small>in no group</small></dt><dd>7</dd>" in page
    unknown[7:9] = True
    text = Elements(rendered(replace(run, faces=replace(faces, unknown=unknown)), tmp_path)).text
    said = "left 7 faces in no group. 2 faces in groups are unlike what it learned from, or far from their group."
    assert said in text


def test_a_recognisers_own_numbers_are_no_axes_to_draw(run, page, tmp_path):
    assert any(tag.get("id") == "space" for _, tag in page.tags)
    assert 'id="space"' not in rendered(replace(run, settings={"reduction": "uncentred"}), tmp_path)


def test_without_labels_no_person_is_named(run, tmp_path):
    data = replace(run, faces=replace(run.faces, labels=[None] * len(run.faces)), roc=None)
    text = rendered(data, tmp_path)
    assert "the photos came without names" in text
    assert 'class="people"' not in text
    assert face_columns(text)["label"] is None


def test_not_blessed_and_values_that_are_not_numbers(run, tmp_path):
    n = len(run.faces)
    odd = [{"epoch": 1, "loss": float("nan"), "val_loss": None}, {"epoch": 2, "loss": 0.1, "val_loss": 0.0}]
    data = replace(
        run,
        faces=replace(run.faces, probability=np.full(n, np.nan), cluster=np.full(n, -1)),
        history=odd,
        tightness={},
        metrics={"eval": {"silhouette": float("nan"), "ari": None}},
        verdict={"blessed": False, "reasons": ["ARI fell from 0.5 to 0.4."], "baseline": "run 3"},
    )
    parsed = Elements(rendered(data, tmp_path))
    assert "Not blessed" in parsed.text
    assert "ARI fell from 0.5 to 0.4." in parsed.text
    assert "and left 400 faces in no group" in parsed.text
    assert not re.search(r"\bnan\b", parsed.text)


def test_spaces_that_differ_are_drawn_apart(run, tmp_path):
    candidates = [dict(candidate) for candidate in run.selection["candidates"]]
    for candidate in candidates[:5]:
        candidate["space"] = "pixels"
    text = rendered(replace(run, selection={**run.selection, "candidates": candidates}), tmp_path)
    assert text.count('<div class="panels">') == 2
    assert "<h3>pixels, n = 400</h3>" in text


def test_what_was_counted_is_called_by_its_name(run, tmp_path):
    counted = run.ingest["files"]
    for unit in ("file", "row"):
        text = rendered(replace(run, ingest={**run.ingest, "unit": unit}), tmp_path)
        assert f"{counted:,} {unit}s came in." in text
        assert f"Every {unit} is accounted for" in text
        assert f"= {counted:,} {unit}s." in text
        assert f"{unit.capitalize()}s that gave no face" in text
        assert f"{counted:,} {unit}s, " in text
    assert "files gave" not in text
    assert "files came" not in text


def test_reasons_of_a_choice_speak_of_the_subject(run, tmp_path):
    told = {**run.selection, "reasons": ["Searched on a sample of 3 of 9 faces, then fitted on all."]}
    recipe = {**run.recipe, "subject": "picture"}
    text = rendered(replace(run, selection=told, recipe=recipe), tmp_path)
    assert "Searched on a sample of 3 of 9 pictures, then fitted on all." in text


def test_files_beyond_the_bound_are_counted(run, tmp_path):
    rows = [{"path": f"p/{i:05}.jpg", "status": "rejected", "reason": "empty file"} for i in range(1234)]
    text = rendered(replace(run, files=[*run.files, *rows]), tmp_path)
    assert "741 more files are left out here" in text
    assert text.count("empty file") < 520


def test_undecodable_chips_are_grey_and_counted(run, tmp_path):
    chips = [b"", b"not a picture", *run.faces.chips[2:]]
    text = rendered(replace(run, faces=replace(run.faces, chips=chips)), tmp_path)
    assert "2 pictures could not be decoded and are grey" in text


def test_arrays_that_do_not_match_are_refused(run):
    with pytest.raises(ValueError, match="differ in length"):
        replace(run.faces, labels=["a"])
    with pytest.raises(ValueError, match="points at faces"):
        replace(run, projection_index=np.full(len(run.projection), 10_000))
    with pytest.raises(ValueError, match="cannot be drawn"):
        replace(run, projection=np.zeros((3, 3)))
    with pytest.raises(ValueError, match="cannot be paired"):
        Reconstructions(np.zeros((2, 8, 8, 3), np.uint8), np.zeros((3, 8, 8, 3), np.uint8))


def test_loss_terms_latents_and_the_papers_protocol_are_shown(page):
    alts = [attributes.get("alt") for tag, attributes in page.tags if tag == "img"]
    for title in ("Samples", "Interpolations", "Traversals", "Encoded maps"):
        assert title in alts
    labels = [attributes.get("aria-label", "") for tag, attributes in page.tags if tag == "svg"]
    assert any(label.startswith("Kl over epochs, training") for label in labels)
    for words in (
        "Active units",
        "Fitted in",
        "0.0031",
        "3.100",
        "1,000 points are noise",
        "31.50",
    ):
        assert words in page.text, words


def test_one_loss_term_is_not_drawn_twice(tmp_path):
    history = [{"epoch": 1, "loss": 0.2, "val_loss": 0.3, "reconstruction": 0.2, "val_reconstruction": 0.3}]
    assert "Loss terms" not in rendered(replace(empty_run(), history=history), tmp_path)


def test_a_loss_below_zero_has_no_logarithmic_scale(tmp_path):
    history = [{"epoch": e, "loss": -0.2 * e, "val_loss": 0.3} for e in (1, 2)]
    text = rendered(replace(empty_run(), history=history), tmp_path)
    assert "logarithmic" not in text
    assert "Loss over epochs" in text
