"""The page of duplicates, as text and in a browser."""

import hashlib
import re

import pytest

from components.duplicates.page import About, room_for, write_page
from components.duplicates.rows import DuplicateRow
from components.ingest.decisions import Decision, read_decisions
from components.ingest.decoding.file_kinds import RejectedPhoto
from tests.components.duplicates.scenes import scene
from tests.components.report.report_chromium import Chromium, chromium_path


def sha(name):
    return hashlib.sha256(name.encode()).hexdigest()


def row(first, second, kind="cropped", **more):
    names = {"first_name": first.partition("/")[0], "second_name": second.partition("/")[0]}
    return DuplicateRow(first, second, sha(first), sha(second), kind, **{**names, **more})


ROWS = [
    row("anna/1.jpg", "bert/<b>.jpg", overlap=0.8, first_width=10, first_height=10),
    row("anna/1.jpg", "anna/2.jpg", "tinted", tint="0.8 1 1.2", residual=1.25),
    row("anna/2.jpg", "anna/3.jpg", "resized", scale=0.5),
    row("anna/1.jpg", "anna/3.jpg", "re-compressed"),
]
BEFORE = [Decision(sha("x"), sha("y"), "left")]


def written(tmp_path, rows=ROWS, before=BEFORE):
    def picture_of(path):
        if path == "anna/3.jpg":
            raise RejectedPhoto("unreadable")
        return scene(1)

    file = tmp_path / "duplicates.html"
    assert write_page(rows, picture_of, file, About("/photos", 9, before, len(before))) == len(rows)
    return file


def test_the_page_needs_nothing_from_elsewhere_and_no_path_becomes_markup(tmp_path):
    text = written(tmp_path).read_text()
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "<b>.jpg" not in text
    assert "bert/&lt;b&gt;.jpg" in text
    assert "no longer readable" in text
    assert "red, green, blue times 0.8, 1, 1.2" in text


def test_two_names_come_first_and_are_called_errors_of_labels(tmp_path):
    text = written(tmp_path).read_text()
    assert (
        text.index("Under two names")
        < text.index("likely errors of the labels")
        < text.index("Under one name")
    )


def test_without_a_pair_the_page_says_so(tmp_path):
    assert "No pair is left to decide" in written(tmp_path, []).read_text()


def test_more_pairs_take_smaller_pictures_and_then_no_more():
    sides, shown = zip(*(room_for(n) for n in (1, 300, 10**6)), strict=True)
    assert sides[0] >= sides[1] >= sides[2]
    assert shown[:2] == (1, 300)
    assert 300 < shown[2] < 10**6


@pytest.fixture
def browser(tmp_path):
    command = chromium_path()
    if command is None:
        pytest.skip("no Chromium is installed, so no page can be opened")
    opened = Chromium(command, tmp_path / "profile")
    yield opened
    opened.close()


PRESS = "document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{}', bubbles: true, cancelable: true}}))"
CATCH = """(() => {
  const made = URL.createObjectURL;
  URL.createObjectURL = (blob) => { window.blob = blob; return made.call(URL, blob); };
})()"""


def press(browser, *keys):
    for key in keys:
        browser.evaluate("document.activeElement." + PRESS.format(key).partition(".")[2])


@pytest.mark.parametrize("width", [1280, 400])
def test_decisions_by_keys_and_by_clicks_are_saved_with_those_before(browser, tmp_path, width):
    browser.open(written(tmp_path), width)
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.evaluate("document.getElementById('save').disabled")
    browser.evaluate(CATCH)
    press(browser, "j", "ArrowRight", "b")
    browser.evaluate("document.querySelectorAll('.pair')[2].querySelector('[data-keep=left]').click()")
    assert browser.evaluate("document.getElementById('count').textContent").startswith("3 of 4 decided")
    press(browser, "u")
    browser.evaluate("document.querySelectorAll('.pair')[2].querySelector('[data-keep=right]').click()")
    press(browser, "s")
    file = tmp_path / "decisions.jsonl"
    file.write_text(browser.evaluate("window.blob.text()"))
    assert [(one.left, one.right, one.keep) for one in read_decisions(file)] == [
        (BEFORE[0].left, BEFORE[0].right, "left"),
        *(
            (one.first_hash, one.second_hash, keep)
            for one, keep in zip(ROWS, ("right", "both", "right"), strict=False)
        ),
    ]
    assert browser.problems == []
    # the page is opened again: what was decided is still there
    browser.open(tmp_path / "duplicates.html", width)
    assert browser.evaluate("document.getElementById('count').textContent").startswith("3 of 4 decided")


def test_a_choice_that_contradicts_others_is_refused_as_the_command_would(browser, tmp_path):
    browser.open(written(tmp_path), 800)
    for number, keep in enumerate(("both", "left", "left", "right")):
        browser.evaluate(
            f"document.querySelectorAll('.pair')[{number}].querySelector('[data-keep={keep}]').click()"
        )
    assert browser.evaluate("document.getElementById('count').textContent").startswith("3 of 4 decided")
    assert not browser.evaluate("document.querySelectorAll('.pair')[3].querySelector('.against').hidden")


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_load_and_nothing_is_asked_of_a_network(browser, tmp_path, dark):
    browser.open(written(tmp_path), 400, dark)
    assert browser.problems == []
    assert [one for one in browser.requests if not one.startswith(("data:", "file:"))] == []
    sizes = "[...document.images].map(one => one.decode().then(() => one.naturalWidth))"
    assert set(browser.evaluate(f"Promise.all({sizes})")) == {320}
