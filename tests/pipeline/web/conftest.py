"""What the tests of the application share: its place in a folder of their own, accounts, and a library.

Django reads its settings once in a process, so the place is told before anything imports it.
"""

import importlib
import json
import os
import tempfile

import pytest


def missing_packages():
    """What of the extra web is not installed."""
    missing = []
    for name in ("django", "csp", "whitenoise", "django_htmx", "pytest_django"):
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing


MISSING = missing_packages()
FOLDER = tempfile.TemporaryDirectory(prefix="facefold-web-", ignore_cleanup_errors=True)
TOLD = {
    "data": FOLDER.name,
    "hosts": ["testserver"],
    "database": os.environ.get("FACEFOLD_TEST_DATABASE", ""),
}

if not MISSING:
    os.environ["FACEFOLD_WEB"] = json.dumps(TOLD)
    os.environ["DJANGO_SETTINGS_MODULE"] = "pipeline.web.settings"
    importlib.import_module("django").setup()


class NotInstalled(pytest.Module):
    """A file of tests that can't be imported here."""

    def collect(self):
        pytest.skip(f"the extra web is not installed: {', '.join(MISSING)} missing")


def pytest_pycollect_makemodule(module_path, parent):
    """Skips the files of this folder, and says why; a conftest that skips itself would end the run."""
    return NotInstalled.from_parent(parent, path=module_path) if MISSING else None


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Ids come again when a test is rolled back, as they never do in use: what is kept by them goes."""
    from pipeline.web.library import likeness, pairs, spaces

    for module in (spaces, likeness, pairs):
        module._kept.clear()


@pytest.fixture
def account(db):
    from tests.pipeline.web.planted import made_account

    return made_account("Owner")


@pytest.fixture
def other(db):
    from tests.pipeline.web.planted import made_account

    return made_account("Other")


@pytest.fixture
def guest(db):
    from tests.pipeline.web.planted import made_account

    return made_account("Guest")


@pytest.fixture
def browser(account):
    from tests.pipeline.web.browser import Browser

    return Browser(account)


@pytest.fixture
def browsers():
    """A browser of any account; of nobody without one."""
    from tests.pipeline.web.browser import Browser

    return Browser


@pytest.fixture
def planted(account):
    """Three people of 6, 4 and 3 faces, and 4 faces of nobody."""
    from tests.pipeline.web.planted import Planted

    return Planted(account, [6, 4, 3], unknown=4)


@pytest.fixture
def plant():
    """A library of other sizes, or of another account."""
    from tests.pipeline.web.planted import Planted

    return Planted
