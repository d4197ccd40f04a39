"""What somebody does with the application in a real browser, step by step; each step checks what is then seen."""

import re
import shutil
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.ingest.sources import list_sample
from tests.pipeline.web.served import PASSWORD

PEOPLE, EACH = 6, 10


def browser_program():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium is installed: Debian's chromium")
    return found


@contextmanager
def browser(*options):
    """The system's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=browser_program(), args=["--no-sandbox", *options])
        try:
            yield opened
        finally:
            opened.close()


def photos(data, folder):
    """Sixty photos of six people: scenes of CelebA where they are, else faces of the sample."""
    if data is not None and (data / "celeba_wild").is_dir():
        people = sorted((data / "celeba_wild").iterdir())[:PEOPLE]
        return [file for person in people for file in sorted(person.glob("*.jpg"))[:EACH]]
    out = []
    for photo in list_sample():
        person = re.match(r"orl/s(\d+)/(\d+)\.pgm", photo.path)
        if person and int(person[1]) <= PEOPLE:
            out.append(folder / f"s{person[1]}-{person[2]}.pgm")
            shutil.copyfile(photo.file, out[-1])
    return out


class Story:
    """One visitor's page; ``errors`` are those of scripts, ``outside`` requests to another origin."""

    def __init__(self, opened, url, shots=None, **told):
        self.url, self.shots = url, shots
        self.context = opened.new_context(
            viewport={"width": 1280, "height": 860}, accept_downloads=True, **told
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors, self.outside = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._logged)
        self.page.on("request", self._asked)

    def _logged(self, said):
        if said.type == "error":
            self.errors.append(f"{self.page.url}: {said.text} {said.location}")

    def _asked(self, request):
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.outside.append(request.url)

    def go(self, path):
        self.page.goto(self.url + path)

    def shot(self, name):
        if self.shots is not None:
            self.page.screenshot(path=str(self.shots / f"{name}.png"))

    def said(self, text):
        """Waits until the line that tells what was done holds the text."""
        self.page.locator("#said", has_text=text).wait_for()

    def seen(self, selector, count):
        """Waits until so many elements are there."""
        self.page.wait_for_function(
            "([s, n]) => document.querySelectorAll(s).length === n", arg=[selector, count]
        )

    def count(self, selector):
        return self.page.locator(selector).count()

    def tick(self, *numbers):
        self.page.wait_for_load_state("load")
        for number in numbers:
            self.page.locator(".tile .tick input").nth(number).check(force=True)

    def click(self, selector, **told):
        """Clicks the first that fits once its page's scripts are there; before that a click does nothing."""
        found = self.page.locator(selector, **told).first
        found.wait_for()
        self.page.wait_for_load_state("load")
        found.click()

    def undo(self):
        before = self.page.locator("#last-edit [data-undo]").get_attribute("data-undo")
        self.click("#last-edit [data-undo]")
        self.page.wait_for_function(
            "before => document.querySelector('#last-edit [data-undo]')?.dataset.undo !== before", arg=before
        )

    def sign_up(self, name, token=""):
        self.go("/signup")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", PASSWORD)
        if token:
            self.page.fill("[name=token]", token)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(self.url + "/")

    def upload(self, files):
        self.go("/upload")
        self.page.locator("#files").set_input_files(files)
        self.said("files are sent")
        done = (
            "n => Number(document.querySelector('[data-count=faces]')?.textContent.replaceAll(',', '')) >= n"
        )
        self.page.wait_for_function(done, arg=len(files) - 3, timeout=120_000)
        self.shot("upload")

    def people_come(self, least):
        """People appear by themselves once the worker has grouped; returns their number."""
        for _ in range(90):
            self.go("/")
            if self.count(".people > li.tile") >= least:
                break
            self.page.wait_for_timeout(1000)
        assert self.count(".people > li.tile") >= least
        self.shot("people")
        return self.count(".people > li.tile")

    def name_first(self, name):
        self.click(".people > li.tile a")
        self.page.locator("h1", has_text="No name").wait_for()
        self.page.wait_for_load_state("load")
        self.page.keyboard.press("n")
        self.page.fill("#picker-name", name)
        self.page.keyboard.press("Enter")
        self.page.locator("h1", has_text=name).wait_for()
        self.shot("person")

    def merge_first_two(self, people):
        self.go("/")
        self.tick(0, 1)
        self.page.keyboard.press("m")
        self.seen(".people > li.tile", people - 1)

    def split_first(self, people):
        self.click(".people > li.tile a")
        self.click("a.button", has_text="Split")
        self.page.locator(".column").nth(1).wait_for()
        self.shot("split")
        columns = self.count(".column")
        self.click("[data-act=apply]")
        self.page.wait_for_url(re.compile(r"/people/[0-9a-f-]+$|/$"))
        self.go("/")
        self.seen(".people > li.tile", people + columns - 1)
        return columns

    def reject_first(self):
        """Says of the first person's first face that it is not theirs; returns its name."""
        self.go("/")
        self.click(".people > li.tile a")
        self.page.locator(".faces > li.tile").first.wait_for()
        tiles = self.count(".faces > li.tile")
        face = self.page.locator(".faces > li.tile").first.get_attribute("data-id")
        self.tick(0)
        self.page.keyboard.press("r")
        self.seen(".faces > li.tile", tiles - 1)
        return face

    def group_again(self):
        """Looks at what another grouping would change, and accepts it if it changes anything."""
        self.go("/group")
        self.page.locator("[data-act=preview]:not([disabled])").first.wait_for()
        slider = self.page.locator("[data-part=slider]").first
        slider.focus()
        for _ in range(2):
            self.page.keyboard.press("ArrowRight")
        self.click("[data-act=preview]")
        self.page.wait_for_url(re.compile(r"/group\?"))
        self.page.wait_for_function(
            "() => !/Grouping|Loading/.test(document.querySelector('#summary').textContent)"
        )
        self.shot("preview")
        words = self.page.locator("#summary").inner_text()
        if self.page.locator("#all").is_enabled():
            self.click("#all")
            self.page.wait_for_url(self.url + "/")
        return words

    def export(self, kind, folder):
        self.go("/account")
        with self.page.expect_download() as coming:
            self.click(f"[data-act=export][data-kind={kind}]")
        file = Path(folder) / f"{kind}.zip"
        coming.value.save_as(file)
        return zipfile.ZipFile(file)

    def comment(self, text):
        self.page.wait_for_load_state("load")
        self.page.fill("#words-new", text)
        self.click("#comment button")
        self.page.locator(".comments .words", has_text=text).wait_for()

    def share_person(self, guest):
        self.page.wait_for_load_state("load")
        self.click("#share")
        self.page.fill("#ask [name=account]", guest)
        self.click("#ask-go")
        self.said("Shared")

    def erase(self):
        self.go("/account")
        self.click("[data-act=erase]")
        self.page.fill("#ask [name=password]", PASSWORD)
        self.click("#ask-go")
        self.page.wait_for_url(re.compile(r"/(login|signup)"))
