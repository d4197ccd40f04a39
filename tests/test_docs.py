"""What can be told of README and docs/ without building them: links, paths, papers, length."""

import re
import shlex
from pathlib import Path

import pytest

from pipeline.cli import build_parser
from pipeline.commands.variants import variants_of
from pipeline.recipes import assignments
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.papers import PAPERS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
OF_THE_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = sorted(DOCS.rglob("*.md"))
CLI = DOCS / "reference" / "cli.md"  # made from the command line itself
# Paths that a page tells the reader to make.
MADE_BY_THE_READER = {"models/autoencoders/wide_cae.py"}

COMMAND = re.compile(r"^ {4,}(?:\S*/)?facefold ([a-z-]+(?: [^`\n#|>;&]*)?)", re.MULTILINE)


def commands_of(page):
    """The words of each ``facefold`` command in a page's blocks of code, without those that leave something out."""
    lines = COMMAND.findall(page.read_text().replace("\\\n", " "))
    return [shlex.split(line) for line in lines if "…" not in line and "[" not in line]


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("name", OF_THE_ROOT)
def test_links_of_the_root_lead_somewhere(name):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / name).read_text())
    wrong = [target for target in targets if "://" not in target and not (ROOT / target).exists()]
    assert not wrong
    assert targets or name == "SECURITY.md"


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().split()) <= 900


@pytest.mark.parametrize("page", [*PAGES, *(ROOT / name for name in OF_THE_ROOT)], ids=name_of)
def test_files_that_a_page_names_exist(page):
    named = re.findall(
        r"\b((?:schemas|models|components|pipeline|tests|benchmarks|scripts|k8s)/[\w/.-]*\.\w+)",
        page.read_text(),
    )
    modules = re.findall(r"python -m ((?:benchmarks|pipeline)[\w.]*)", page.read_text())
    places = set(named) | {module.replace(".", "/") for module in modules}
    wrong = [
        place
        for place in sorted(places - MADE_BY_THE_READER)
        if not any((ROOT / one).exists() for one in (place, f"{place}.py", f"{place}/__main__.py"))
    ]
    assert not wrong


def test_the_page_on_the_papers_names_every_one():
    page = " ".join((DOCS / "papers.md").read_text().split())
    for key, paper in PAPERS.items():
        assert f"{{ #{key.lower()} }}" in page
        assert paper.title in page
        assert all(author in page for author in paper.authors)
        assert paper.year is None or str(paper.year) in page


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted({*PAGES} - {DOCS / "papers.md"})], ids=name_of)
def test_no_page_speaks_of_a_paper_by_its_number_alone(page):
    """A page that says P0 links to the page that tells what P0 is."""
    text = page.read_text()
    assert not re.search(r"\bP[0-4]\b", text) or "papers.md" in text


@pytest.mark.parametrize(
    "page", [page for page in [ROOT / "README.md", *PAGES] if page != CLI and commands_of(page)], ids=name_of
)
def test_commands_of_a_page_are_understood(page, monkeypatch, tmp_path):
    """Their options exist; settings of run and sweep are taken by the recipe, with values that it allows."""
    for check in (
        "check_installed",
        "check_files",
        "check_tables",
        "check_decisions",
    ):  # of what a reader has and this test has not
        monkeypatch.setattr(assignments, check, lambda recipe: None)
    photos = str(tmp_path)
    for words in commands_of(page):
        options = build_parser().parse_args(words)
        if words[0] == "sweep":
            items = [item for item in options.items if item != "ITEM"]
            assert variants_of(items, lambda one: assignments.prepared(one, photos, []), options.settings)
        elif words[0] == "run" and options.recipe in RECIPES:
            assignments.prepared(get_recipe(options.recipe), photos, options.settings)


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=name_of)
def test_settings_that_a_page_names_are_some_recipes(page):
    known = {"model"}.union(*(recipe.settable() for recipe in RECIPES.values()))
    assert {*re.findall(r"--set (\w+)=", page.read_text())} <= known | {"key", "KEY"}
