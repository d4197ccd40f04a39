"""A run of drawings is told as one; names and labels stay as they are."""

from dataclasses import replace

import pytest
from report_runs import facts_of
from test_report_page import Elements, rendered

from components.assemble.model_card import model_card
from components.report.words.worded_templates import WordedEnvironment
from components.words.subject import reworded


def test_whole_words_are_replaced_with_their_capital():
    assert reworded("Faces of people: one face.", "drawing") == "Drawings of classes: one drawing."
    assert reworded("3 aligned faces", "picture") == "3 pictures"
    assert reworded("ALL Aligned Faces", "drawing") == "ALL Drawings"
    assert reworded("Map of the faces", "face") == "Map of the faces"


@pytest.mark.parametrize(
    "name", ['<p class="people">', "with_faces", "var(--face)", "a.face", "surface", "/face"]
)
def test_names_stay(name):
    assert reworded(name, "drawing") == name


def test_what_a_template_is_given_stays():
    environment = WordedEnvironment("drawing")
    environment.filters["counted"] = lambda n, word: f"{n} {word}"
    template = environment.from_string(
        "{{ face }} is a face, of {{ 2 | counted('face') }}, {{ face | worded }}{{ '!' if face == 'face' }}"
    )
    assert template.render(face="face") == "face is a drawing, of 2 drawing, drawing!"


def test_an_unknown_subject_is_refused():
    with pytest.raises(ValueError, match="Expected one of: face, drawing, picture"):
        WordedEnvironment("cat")


@pytest.mark.parametrize("subject", ["drawing", "picture"])
def test_the_page_of_other_subjects_names_no_face_of_its_own(run, tmp_path, subject):
    other = replace(
        run,
        recipe={"name": "x", "paper": "", "what": "", "subject": subject},
        faces=replace(run.faces, labels=["smiley FACE"] * len(run.faces)),
        settings={}, credits=[], files=[], ingest={**run.ingest, "reasons": {}},
        card=model_card({"name": "x", "subject": subject}, run.ingest, facts_of(run)),
    )  # fmt: skip
    page = Elements(rendered(other, tmp_path))
    assert f"400 {subject}s" in page.text
    assert f"Map of the {subject}s" in page.text
    assert ("Error: mean squared difference" in page.text) == (subject != "drawing")
    assert "Aligned" not in page.text  # the links at the top
    said = page.text.replace("smiley FACE", "").lower().split()
    assert not {"face", "faces", "person", "people", "photo"} & {word.strip(".,;:()") for word in said}
    labels = " ".join(tag.get("aria-label", "") for _, tag in page.tags if "Tightness" not in tag)
    assert "face" not in labels.lower().replace("smiley face", "")
    assert "smiley FACE" in page.text
