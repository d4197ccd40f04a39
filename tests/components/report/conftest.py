"""One realistic run, its report, and one browser for all tests of the report."""

import pytest
from report_chromium import Chromium, chromium_path
from report_runs import orl_report_data

from components.report.render import render_report


@pytest.fixture(scope="session")
def run():
    return orl_report_data()


@pytest.fixture(scope="session")
def report(run, tmp_path_factory):
    return render_report(run, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    command = chromium_path()
    if command is None:
        pytest.skip("Chromium is not installed (Debian package chromium): the report is not opened.")
    chromium = Chromium(command, tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()
