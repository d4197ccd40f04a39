"""Somebody who does not wait: a form that is sent before its script is there, or twice."""

import pytest

from tests.pipeline.web.served import PASSWORD, Visitor, serving
from tests.pipeline.web.story import Story, browser
from tests.pipeline.web.uploads.pictures import picture


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(
        tmp_path_factory.mktemp("impatient") / "data", "", "--allow-folder", "/usr/share"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def anna(served):
    return Visitor(served.url).sign_up("Anna", served.token)


@pytest.fixture(scope="module")
def photo(anna):
    """The page of a photo."""
    anna.upload({"a.jpg": picture(1)})
    return f"/photos/{anna.ask('GET', 'photos')['items'][0]['id']}"


@pytest.fixture
def story(served, anna):
    with browser() as opened:
        begun = Story(opened, served.url)
        begun.go("/login")
        begun.page.fill("[name=name]", "Anna")
        begun.page.fill("[name=password]", PASSWORD)
        begun.page.keyboard.press("Enter")
        begun.page.wait_for_url(served.url + "/")
        yield begun
        assert begun.errors == []


def comments(anna, photo):
    return [one["text"] for one in anna.ask("GET", photo.lstrip("/") + "/comments")["items"]]


def test_what_was_written_stays_until_the_script_is_there(anna, photo, story):
    held = []

    def hold(route):
        held.append(route)

    story.page.route("**/photo.js", hold)
    story.page.goto(story.url + photo, wait_until="commit")
    story.page.fill("#words-new", "Who took this?")
    story.page.locator("#comment button").click()
    assert story.page.input_value("#words-new") == "Who took this?"
    assert story.page.url == story.url + photo
    held[0].continue_()
    story.page.wait_for_load_state("load")
    story.page.locator("#comment button").click()
    story.page.locator(".comments .words", has_text="Who took this?").wait_for()
    assert comments(anna, photo) == ["Who took this?"]


@pytest.mark.parametrize(("page", "form"), [("/account", "calibrate"), ("/upload", "allowed")])
def test_no_form_of_a_script_is_sent_without_it(story, page, form):
    story.page.route("**/facefold/*.js", lambda route: route.abort())
    story.go(page)
    story.page.locator(f"#{form} button").click()
    story.page.wait_for_timeout(300)
    assert story.page.url == story.url + page
    story.errors.clear()  # the scripts that were held back


def test_a_double_click_says_it_once(anna, photo, story):
    before = comments(anna, photo)
    story.go(photo)
    story.page.fill("#words-new", "Twice?")
    story.page.locator("#comment button").dblclick()
    story.page.locator(".comments .words", has_text="Twice?").wait_for()
    story.page.wait_for_timeout(300)  # a second one would be there by now
    assert comments(anna, photo) == [*before, "Twice?"]


TWO_CLICKS = """(wait) => {
  const button = document.querySelector("main form button");
  button.click();
  setTimeout(() => button.click(), wait);
}"""


@pytest.mark.parametrize("wait", [5, 60])
def test_two_clicks_sign_up_once(tmp_path, wait):
    """The first account's token is used up by the first: the second would be told that nobody may sign up."""
    with serving(tmp_path / "data") as running, browser() as opened:
        story = Story(opened, running.url)
        story.go("/signup")
        for name, value in (("name", "Bea"), ("password", PASSWORD), ("token", running.token)):
            story.page.fill(f"[name={name}]", value)
        story.page.evaluate(TWO_CLICKS, wait)
        story.page.locator("text=Log out").first.wait_for()
        assert story.page.url == f"{running.url}/"
        assert story.errors == []
