"""Every page and dialog of the application, as the planted library shows it, each with when it is whole."""

from dataclasses import dataclass

from tests.pipeline.web.served import PASSWORD

SETTLED = """() => document.readyState === 'complete'
  && [...document.images].every((one) => one.complete || one.loading === 'lazy')"""
IN_SIGHT = """() => [...document.images].filter((one) => {
  const at = one.getBoundingClientRect();
  return at.bottom > 0 && at.top < innerHeight && at.width;
}).every((one) => one.complete && one.naturalWidth)"""


@dataclass(frozen=True)
class Page:
    """A page: where it is (with the planted names in it), what is there when it is whole, what is done then.

    ``steps`` are keys, or ``tick N``, ``click SELECTOR`` and ``fill SELECTOR=TEXT``.
    """

    name: str
    path: str
    whole: str
    steps: tuple[str, ...] = ()
    signed_in: bool = True


PAGES = (
    Page("people", "/", ".people .tile"),
    Page("people-filtered", "/?kind=named&q=a", ".people .tile"),
    Page("people-ticked", "/", ".people .tile", ("tick 1", "tick 2")),
    Page("person", "/people/{person}", ".faces .tile"),
    Page("person-ticked", "/people/{person}", ".faces .tile", ("tick 0",)),
    Page("person-photos", "/people/{person}?view=photos", ".picture"),
    Page("split", "/people/{mixed}/split?job={split}", ".column .tile"),
    Page("unknown", "/unknown", ".faces .tile"),
    Page("unknown-newest", "/unknown?order=newest", ".faces .tile"),
    Page("ignored", "/unknown?state=ignored", ".faces .tile"),
    Page("not-a-face", "/unknown?state=not_a_face", ".faces .tile"),
    Page("questions", "/questions", "#answers button:not([disabled])"),
    Page("group", "/group", "[data-act=preview]:not([disabled])"),
    Page("preview", "/group?grouping={grouping}", "#all:not([disabled])"),
    Page("photos", "/photos", ".picture"),
    Page("photos-of-one", "/photos?person={person}", ".picture"),
    Page("photo", "/photos/{photo}", "svg.photo .box"),
    Page("upload", "/upload", ".batch"),
    Page("account", "/account", "#erase-title"),
    Page("admin", "/admin", "#disk-title"),
    Page("shared", "/shared", ".people .tile"),
    Page("keys", "/people/{person}", ".faces .tile", ("?", "click #keys[open]")),
    Page("picker", "/people/{person}", ".faces .tile", ("tick 0", "m", "fill #picker-name=a")),
    Page("ask", "/people/{person}", ".faces .tile", ("e", "click #ask[open] h2")),
    Page("missing", "/people/00000000-0000-0000-0000-000000000000", ".door h1"),
    Page("login", "/login", "[name=password]", signed_in=False),
    Page("signup", "/signup", "[name=password]", signed_in=False),
)


def log_in(page, url, name="Anna"):
    """Enters an account of the planted library."""
    page.goto(f"{url}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")


def open_page(page, url, told, planted):
    """Goes to a page of PAGES, waits until it is whole, and does its steps."""
    page.goto(url + told.path.format(**planted))
    page.locator(told.whole).first.wait_for()
    page.wait_for_function(SETTLED)
    for step in told.steps:
        do(page, step)
    page.wait_for_function(IN_SIGHT)


def do(page, step):
    """One step of a page."""
    what, _, about = step.partition(" ")
    if what == "tick":
        page.locator(".tile .tick input").nth(int(about)).check(force=True)
    elif what == "click":
        page.locator(about).click(position={"x": 3, "y": 3})
    elif what == "fill":
        place, _, text = about.partition("=")
        page.fill(place, text)
        page.locator("#picker-list li").first.wait_for()
    else:
        page.keyboard.press(step)
