"""Each page and dialog, light and dark, wide and narrow: the rules of WCAG AA, no shift, no error, all by keys."""

import pytest

from tests.pipeline.web.every_page import PAGES, log_in, open_page
from tests.pipeline.web.pictured import PEOPLE, planted_at
from tests.pipeline.web.served import serving
from tests.pipeline.web.story import browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SHIFT = 0.05  # of the window, summed: half of what is called good at https://web.dev/articles/cls
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
WIDTHS = {400: 860, 1280: 860}
# What can be reached, each with how it looks; then how each looks when Tab reaches it, and whether it is seen.
FOCUS = """
() => {
  const look = (one) => {
    const at = getComputedStyle(one);
    const rect = one.querySelector('rect');
    const lines = at.outlineStyle === 'none' ? '' : at.outlineWidth + at.outlineColor;
    return [lines, at.boxShadow, at.borderColor, rect ? getComputedStyle(rect).strokeWidth : ''].join();
  };
  const open = document.querySelector('dialog[open]') ?? document;
  const all = [...open.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex="0"]')]
    .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }));
  const inSight = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return [[.5, .5], [.1, .1], [.9, .1], [.1, .9], [.9, .9]].some(([x, y]) => {
      const there = document.elementFromPoint(left + width * x, top + height * y);
      return there && (one.contains(there) || there.closest('label')?.contains(one));
    });
  };
  document.activeElement?.blur();
  window.before = new Map(all.map((one) => [one, look(one)]));
  window.reached = new Map();
  document.addEventListener('focusin', ({ target }) => window.reached.set(
    target, [look(target) !== window.before.get(target), inSight(target)]));
  document.addEventListener('focusout', ({ target }) => {
    const told = window.reached.get(target);
    if (told) told[1] ||= inSight(target);  // what it was scrolled to meanwhile
  });
  return all.length + 4 * all.filter((one) => one.type === 'date').length;  // which has parts
}
"""
REACHED = """
() => {
  const name = (one) => `${one.tagName} ${one.id} ${(one.ariaLabel || one.textContent || one.name).trim().slice(0, 40)}`;
  const radio = (one) => one.type === 'radio';
  return [...window.before.keys()].flatMap((one) => {
    const [shown, seen] = window.reached.get(one) ?? [null, null];
    if (shown === null) return radio(one) ? [] : [`not reached: ${name(one)}`];
    return [...(shown ? [] : [`no focus to see: ${name(one)}`]), ...(seen ? [] : [`hidden: ${name(one)}`])];
  });
}
"""


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """The planted library, served; the address, the planted names, a browser, and who is signed in."""
    data = tmp_path_factory.mktemp("pictured") / "data"
    planted = planted_at(data)
    with serving(data) as served, browser() as opened:
        entered = opened.new_context()
        log_in(entered.new_page(), served.url)
        state = entered.storage_state()
        entered.close()
        yield served.url, planted, opened, state


class Watched:
    """A page of a context of its own; ``wrong`` collects errors, and requests to anywhere else."""

    def __init__(self, application, signed_in=True, **options):
        self.url, self.planted, opened, state = application
        self.context = opened.new_context(storage_state=state if signed_in else None, **options)
        self.context.add_init_script(SHIFTS)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.wrong = []
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._logged)
        self.page.on("request", self._asked)

    def _logged(self, said):
        missing = "status of 404" in said.text and said.location.get("url", "").endswith("0" * 12)
        if said.type in ("error", "warning") and not missing:
            self.wrong.append(f"{self.page.url}: {said.text}")

    def _asked(self, request):
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.wrong.append(f"{self.page.url} asks {request.url}")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_keeps_the_rules(application, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    options = {"viewport": {"width": width, "height": WIDTHS[width]}}
    watched = {signed_in: Watched(application, signed_in, **options) for signed_in in (True, False)}
    wrong = []
    for told in PAGES:
        page = watched[told.signed_in].page
        page.emulate_media(color_scheme="light")
        open_page(page, watched[told.signed_in].url, told, watched[told.signed_in].planted)
        shifted = page.evaluate("window.shifted")
        wrong += [f"{told.name}: shifted by {shifted:.3f}"] if shifted > SHIFT else []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = axe.run(page, options=RULES)
            wrong += [f"{told.name} {scheme}: {found.generate_report()}"] if found.violations_count else []
        wrong += too_wide(page, told.name, [width, 360] if width == 400 else [width])
    for one in watched.values():
        wrong += one.wrong
        one.context.close()
    assert not wrong, "\n".join(wrong)


def too_wide(page, name, widths):
    """A line for each width at which the page has to be scrolled sideways."""
    wrong = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": WIDTHS.get(width, 800)})
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{name}: {wide} wide at {width}"] if wide > width else []
    page.set_viewport_size({"width": widths[0], "height": WIDTHS[widths[0]]})
    return wrong


@pytest.mark.parametrize("width", WIDTHS)
def test_tab_reaches_everything_and_shows_where_it_is(application, width):
    options = {"viewport": {"width": width, "height": WIDTHS[width]}, "reduced_motion": "reduce"}
    watched = {signed_in: Watched(application, signed_in, **options) for signed_in in (True, False)}
    wrong = []
    for told in PAGES:
        page = watched[told.signed_in].page
        open_page(page, watched[told.signed_in].url, told, watched[told.signed_in].planted)
        for _ in range(page.evaluate(FOCUS) + 3):
            page.keyboard.press("Tab")
        wrong += [f"{told.name}: {line}" for line in page.evaluate(REACHED)]
    for one in watched.values():
        one.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def keyboard(application):
    """Somebody without a mouse."""
    one = Watched(application, viewport={"width": 1280, "height": WIDTHS[1280]}, reduced_motion="reduce")
    yield one
    assert not one.wrong, "\n".join(one.wrong)
    one.context.close()


def tiles(page, count):
    """Waits until so many tiles are there."""
    page.wait_for_function("n => document.querySelectorAll('.tile').length === n", arg=count)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def type_name(page, name):
    """Types a name into the dialog that a key has opened."""
    page.locator("#picker[open]").wait_for()
    press(page, "Control+a", "Backspace")
    page.keyboard.type(name)
    press(page, "Enter")


def named(page):
    """The names on the page of people, in their order."""
    return [
        name for name in page.locator(".tile").evaluate_all("all => all.map(one => one.dataset.name)") if name
    ]


def test_people_are_named_and_merged_by_keys_alone(keyboard):
    page = keyboard.page
    page.goto(f"{keyboard.url}/?kind=unnamed")
    before = page.locator(".tile").count()
    press(page, "j", "j", "k", "x", "Shift+J")
    assert page.locator(".tile .tick input:checked").count() == 2
    press(page, "m")
    tiles(page, before - 1)
    press(page, "u")
    tiles(page, before)
    press(page, "k", "n")
    type_name(page, "Nora Beck")
    tiles(page, before - 1)
    page.goto(keyboard.url)
    assert "Nora Beck" in named(page)
    press(page, "u")
    page.wait_for_function("() => !document.querySelector('[data-name=\"Nora Beck\"]')")
    press(page, "/")
    page.keyboard.type("ida")
    tiles(page, 1)
    assert named(page) == ["Ida Ost"]


def test_a_person_is_corrected_by_keys_alone(keyboard):
    page, person = keyboard.page, f"{keyboard.url}/people/{keyboard.planted['person']}"
    page.goto(person)
    before = page.locator(".tile").count()
    press(page, "j", "x", "Shift+ArrowRight", "r")
    tiles(page, before - 2)
    press(page, "u")
    tiles(page, before)
    press(page, "j", "m")
    type_name(page, "Bert Lund")
    tiles(page, before - 1)
    assert page.locator("#last-edit .what").inner_text().endswith("to Bert Lund.")
    press(page, "u")
    tiles(page, before)
    press(page, "Escape", "n")
    type_name(page, "Ida Osterberg")
    page.locator("h1", has_text="Ida Osterberg").wait_for()
    press(page, "u")
    page.locator("h1", has_text="Ida Ost").wait_for()
    press(page, "v")
    page.wait_for_url(person + "?view=photos")


def test_keys_are_listed_and_can_be_switched_off(keyboard):
    page = keyboard.page
    page.goto(keyboard.url)
    press(page, "?")
    listed = page.locator("#keys[open] kbd").all_inner_texts()
    assert {"j", "k", "x", "Shift", "n", "m", "u", "?", "/"} <= set(listed)
    press(page, "Tab", "Space", "Escape")  # the box below the list: no letters
    assert page.locator("#keys[open]").count() == 0
    at = "() => document.activeElement.closest('.tile') === null"
    press(page, "j", "?")
    assert page.evaluate(at)
    assert page.locator("#keys[open]").count() == 0
    page.reload()
    press(page, "j")
    assert page.evaluate(at)


def test_a_change_that_is_unticked_moves_no_face_though_another_change_names_it_too(keyboard):
    page = keyboard.page
    open_page(page, keyboard.url, next(told for told in PAGES if told.name == "preview"), keyboard.planted)
    of_jonas = page.locator("#changes label", has_text="Jonas Falk").locator("input")
    assert of_jonas.count() == 2  # a new person comes out of him, and he loses its faces
    of_jonas.first.press("Space")
    assert [box.is_checked() for box in of_jonas.all()] == [False, False]
    assert page.locator("#changes input:checked").count() == page.locator("#changes input").count() - 2
    press(page, "s")
    page.wait_for_url(f"{keyboard.url}/")
    people = page.request.get(f"{keyboard.url}/api/people?limit=200").json()["items"]
    faces = {one["name"]: one["n_faces"] for one in people if one["name"]}
    assert faces["Jonas Falk"] == sum(PEOPLE[0][1].values())
    assert faces["Emil Roth"] > sum(PEOPLE[4][1].values())
