"""The report in a real browser: no errors, no requests, no overflow, and its faces answer."""

from dataclasses import replace

import pytest
from report_chromium import PAINTED, Chromium

from components.report.render import render_report

CARD = "document.getElementById('card')"
TOO_WIDE = """[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, svg, .chips')
  && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className)"""
TOO_PALE = """(() => {
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const texts = 'nav a, p, small, dt, dd, th, td, li, summary, figcaption, strong, button';
  return [...document.querySelectorAll(texts)].filter(e => {
    const [more, less] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
    return (more + .05) / (less + .05) < 4.5;
  }).map(e => e.tagName + '.' + e.className);
})()"""
MAP_PLACE = """(() => {
  const box = sea.getBoundingClientRect();
  return [box.left, box.top, box.width];
})()"""
SWITCHED_ON = """['.switched .linear', '.switched .log', '.on-map']
  .map(one => getComputedStyle(document.querySelector(one)).display !== 'none')"""


def outside(browser: Chromium) -> list[str]:
    """Requests other than the page itself and what lies inside it."""
    return [url for url in browser.requests if not url.startswith(("data:", "file:"))] + [
        url for url in browser.requests if url.startswith("file:") and not url.endswith(".html")
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_opens_without_errors_requests_or_overflow(browser, report, width, dark):
    browser.open(report, width, dark)
    assert browser.problems == []
    assert outside(browser) == []
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate(TOO_WIDE) == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_text_has_contrast_in_both_schemes(browser, report):
    for dark in (False, True):
        browser.open(report, 1280, dark)
        assert browser.evaluate(TOO_PALE) == []


def test_a_planted_error_and_a_planted_request_are_seen(browser, report, tmp_path):
    text = report.read_text("utf-8")
    blocked = tmp_path / "blocked.html"
    blocked.write_text(text.replace("<footer", "<script>1</script><footer", 1), "utf-8")
    browser.open(blocked, 1280)
    assert any("Content Security Policy" in problem for problem in browser.problems)

    free = text.replace('http-equiv="Content-Security-Policy"', 'name="none"')
    thrown = tmp_path / "thrown.html"
    thrown.write_text(free.replace("<footer", "<script>lost.name</script><footer", 1), "utf-8")
    browser.open(thrown, 1280)
    assert any("lost is not defined" in problem for problem in browser.problems)

    asking = tmp_path / "asking.html"
    asking.write_text(
        free.replace("<footer", '<img src="http://127.0.0.1:9/x.png" alt=""><footer', 1), "utf-8"
    )
    browser.open(asking, 1280)
    assert outside(browser)

    pale = tmp_path / "pale.html"
    pale.write_text(text.replace("<footer", '<p style="color:#999">pale</p><footer', 1), "utf-8")
    browser.open(pale, 1280)
    assert browser.evaluate(TOO_PALE) == ["P."]

    wide = tmp_path / "wide.html"
    wide.write_text(text.replace("<footer", '<div style="width:900px">wide</div><footer', 1), "utf-8")
    browser.open(wide, 400)
    assert browser.evaluate("document.documentElement.scrollWidth") > 400


def test_pointing_at_the_map_shows_the_face(browser, report, run):
    browser.open(report, 1280)
    browser.evaluate("sea.scrollIntoView({behavior: 'instant', block: 'center'})")
    browser.evaluate(PAINTED)  # the scroll has been told: it hides the card
    left, top, width = browser.evaluate(MAP_PLACE)
    _, x, y = browser.evaluate("JSON.parse(faces.textContent).points[5]")
    place = {"x": left + x / 640 * width, "y": top + y / 640 * width}
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
    browser.until(f"!{CARD}.hidden")
    shown = browser.evaluate(f"{CARD}.innerText")
    assert "probability" in shown
    assert "Group" in shown
    assert any(path in shown for path in run.faces.image_paths)
    assert "data:image/jpeg" in browser.evaluate(f"getComputedStyle({CARD}.firstChild).backgroundImage")
    assert browser.problems == []


def test_tapping_and_keys_show_the_face(browser, report, run):
    browser.open(report, 400)
    tap = "document.querySelector('.strip li').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    browser.evaluate(tap)
    largest = browser.evaluate("document.querySelector('article').id.slice(6)")
    assert f"Group {largest}" in browser.evaluate(f"{CARD}.innerText")
    box = browser.evaluate(
        f"(b => [b.left, b.right, b.bottom - innerHeight])({CARD}.getBoundingClientRect())"
    )
    assert 0 <= box[0] < box[1] <= 400
    assert box[2] <= 0
    seen = set()
    browser.evaluate("sea.focus()")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key=key)
        seen.add(browser.evaluate(f"{CARD}.querySelector('bdi').textContent"))
    assert len(seen) >= 3
    assert seen <= set(run.faces.image_paths)
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Escape")
    assert browser.evaluate(f"{CARD}.hidden") is True
    assert browser.problems == []


def test_pressing_a_group_marks_it_on_the_map(browser, report):
    browser.open(report, 1280)
    marked = "[...document.querySelectorAll('.dots.on')].map(e => e.dataset.g)"
    browser.evaluate("document.querySelectorAll('.chips button')[3].click()")
    assert browser.evaluate(marked) == ["3"]
    assert browser.evaluate("document.querySelectorAll('.chips [aria-pressed=true]').length") == 1
    browser.evaluate("document.querySelectorAll('.chips button')[3].click()")
    assert browser.evaluate("document.querySelectorAll('.marked').length") == 0


def test_switches_need_no_script(browser, report):
    browser.open(report, 1280)
    assert browser.evaluate(SWITCHED_ON) == [True, False, False]
    browser.evaluate(
        "document.querySelector('[value=log]').click(); document.getElementById('cutouts').click()"
    )
    assert browser.evaluate(SWITCHED_ON) == [False, True, True]


def test_hostile_names_do_nothing(browser, run, tmp_path):
    evil = '"><img src=x onerror="console.error(1)"><script>console.error(2)</script>\udcff' + "W" * 300
    n = len(run.faces)
    rows = [{"path": evil, "status": "rejected", "reason": evil}] * 3
    faces = replace(run.faces, image_paths=[evil] * n, labels=[evil] * n)
    data = replace(run, faces=faces, files=rows, settings={evil: evil}, credits=[evil], roc=None)
    data = replace(data, verdict={"blessed": False, "reasons": [evil], "baseline": None})
    path = render_report(data, tmp_path / "hostile.html")
    for width in (1280, 400):
        browser.open(path, width)
        browser.evaluate(
            "document.querySelector('.strip li').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
        )
        assert browser.problems == []
        assert outside(browser) == []
        assert browser.evaluate("document.querySelectorAll('script').length") == 2
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


STROKE = "getComputedStyle(document.querySelector('.c0 .line.other.k{kind} .stroke')).stroke"
OPENED = "document.querySelectorAll('details').forEach(part => { part.open = true; })"


def test_a_kind_can_be_set_against_the_choice_in_every_panel(browser, report):
    browser.open(report, 1280)
    kinds = browser.evaluate("[...document.querySelectorAll('.kinds input')].map(e => e.value)")
    picked = browser.evaluate("document.querySelector('.kinds :checked').value")
    other = next(kind for kind in kinds if kind != picked and browser.evaluate(
        f"!!document.querySelector('.c0 .line.other.k{kind} .stroke')"
    ))  # fmt: skip
    strong, faint = browser.evaluate(STROKE.format(kind=picked)), browser.evaluate(STROKE.format(kind=other))
    assert strong != faint
    browser.evaluate(f"document.querySelector('.kinds [value=\"{other}\"]').click()")
    assert browser.evaluate(STROKE.format(kind=other)) == strong
    assert browser.evaluate(STROKE.format(kind=picked)) == faint
    labels = f"[...document.querySelectorAll('.c0 .k{other} .label')].map(e => getComputedStyle(e).display)"
    shown = browser.evaluate(labels)
    assert len(shown) >= 7
    assert set(shown) == {"block"}


def test_the_ellipses_of_small_groups_are_seen_on_demand(browser, report):
    browser.open(report, 1280)
    seen = "[...document.querySelectorAll('#space ellipse')].filter(e => e.getBoundingClientRect().width > 0).length"
    assert browser.evaluate(seen) == 2 * 8
    browser.evaluate("document.getElementById('all-ellipses').click()")
    assert browser.evaluate(seen) == 2 * 38


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_too_wide_with_every_part_open(browser, report, width):
    browser.open(report, width)
    browser.evaluate(OPENED)
    assert browser.evaluate(TOO_WIDE) == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_every_table_is_whole_and_no_switch_is_left(browser, report):
    browser.open(report, 800)
    browser.call("Emulation.setEmulatedMedia", media="print")
    cut = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollHeight > e.clientHeight + 2).length"
    assert browser.evaluate(cut) == 0
    assert browser.evaluate("document.querySelector('.kinds').getBoundingClientRect().height") == 0
    browser.call("Emulation.setEmulatedMedia", media="")


def test_pointing_at_a_face_in_doubt_shows_it(browser, report, run):
    browser.open(report, 1280)
    browser.evaluate(
        "document.querySelector('.confusions [data-f]').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    shown = browser.evaluate(f"{CARD}.innerText")
    assert "Group" in shown
    assert any(path in shown for path in run.faces.image_paths)
