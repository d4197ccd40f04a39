"""What the tests of the application share: its place in a folder of their own, accounts, and a library.

Django reads its settings once in a process, so the place is told before anything imports it.
"""

import json
import os
import tempfile
from pathlib import Path

import pytest

for name in ("django", "csp", "whitenoise", "django_htmx"):
    pytest.importorskip(name, reason=f"the extra web is not installed: {name} is missing")

FOLDER = tempfile.TemporaryDirectory(prefix="facefold-web-", ignore_cleanup_errors=True)
TOLD = {
    "data": FOLDER.name,
    "hosts": ["testserver"],
    "database": os.environ.get("FACEFOLD_TEST_DATABASE", ""),
}
os.environ["FACEFOLD_WEB"] = json.dumps(TOLD)
os.environ["DJANGO_SETTINGS_MODULE"] = "pipeline.web.settings"

import django  # noqa: E402

django.setup()

from tests.pipeline.web.browser import Browser  # noqa: E402
from tests.pipeline.web.planted import Planted, made_account  # noqa: E402


@pytest.fixture(scope="session")
def web_folder():
    return Path(FOLDER.name)


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Ids come again when a test is rolled back, as they never do in use: what is kept by them goes."""
    from pipeline.web.library import likeness, pairs, spaces

    for module in (spaces, likeness, pairs):
        module._kept.clear()


@pytest.fixture
def account(db):
    return made_account("Owner")


@pytest.fixture
def other(db):
    return made_account("Other")


@pytest.fixture
def guest(db):
    return made_account("Guest")


@pytest.fixture
def browser(account):
    return Browser(account)


@pytest.fixture
def browsers():
    """A browser of any account; of nobody without one."""
    return Browser


@pytest.fixture
def planted(account):
    """Three people of 6, 4 and 3 faces, and 4 faces of nobody."""
    return Planted(account, [6, 4, 3], unknown=4)


@pytest.fixture
def plant():
    """A library of other sizes, or of another account."""
    return Planted
