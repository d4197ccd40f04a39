"""The pages of docs/reference that are made from the code: what they read, and what makes them out of date."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import reference  # noqa: E402
import reference_json  # noqa: E402

from pipeline import cli  # noqa: E402
from pipeline.recipes.catalog import RECIPES  # noqa: E402

SOURCE = '''
NAMES = ("a", "b")

def told(row):
    """What it says.

    Args:
        row: not shown.

    Returns:
        ``a`` and ``b``.
    """
    rest = {"last": 1}
    return {"first": row, "inner": {"deep": 1}, **{name: 0 for name in NAMES}, **rest, **other(row)}
'''


def test_the_keys_of_a_dict_are_read_where_it_is_made():
    module = ast.parse(SOURCE)
    function = reference_json.function_of(module, "told", "x.py")
    made = reference_json.largest_dict(function)
    lines = reference_json.tree(made, (function, module))
    assert lines == ["first", "inner", "  deep", "a", "b", "last", "(all of other)"]
    assert reference_json.returned(ast.get_docstring(function)) == "What it says.\n\n`a` and `b`."


def test_a_function_that_has_gone_is_told():
    with pytest.raises(ValueError, match=r"x.py has no function gone. Expected one"):
        reference_json.function_of(ast.parse(SOURCE), "gone", "x.py")


def test_the_page_on_commands_has_every_command_and_argument(monkeypatch):
    for name in reference.OF_THE_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    page = reference.cli_page()
    (commands,) = (a for a in cli.build_parser()._actions if hasattr(a, "choices") and a.choices)
    for name, command in commands.choices.items():
        section = page.split(f"## facefold {name}\n")[1].split("\n## ")[0]
        for option in command._option_string_actions:
            assert f"`{option}" in section or option in ("-h", "--help")


def test_papers_are_links_but_not_in_code():
    assert reference.linked("P3 and `P3`") == "[P3](../papers.md#p3) and `P3`"


def test_pages_on_settings_and_recipes_have_all_of_them():
    from reference_recipes import recipes_page, settings_page

    settings = {name for recipe in RECIPES.values() for name in recipe.settable()}
    page = settings_page()
    assert [name for name in sorted(settings) if f"\n| `{name}` | " not in page] == []
    assert all(f"\n## {name}\n" in recipes_page() for name in RECIPES)


def test_check_tells_a_page_that_is_out_of_date(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "docs")
    monkeypatch.setattr(reference, "pages", lambda: {"one.md": "new"})
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert reference.main(check=True) == 1
    assert "Out of date: docs/one.md." in capsys.readouterr().out
    assert not (tmp_path / "docs").exists()
    assert reference.main(check=False) == 0
    assert reference.main(check=True) == 0
    assert (tmp_path / "docs" / "one.md").read_text() == "new"


def test_the_script_says_how_it_is_used():
    done = subprocess.run(
        [sys.executable, "scripts/reference.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert "--check" in done.stdout
