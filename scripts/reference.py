"""Writes the pages of docs/reference/ that are made from the code, or tells which of them are out of date.

.venv/bin/python scripts/reference.py            # writes them
.venv/bin/python scripts/reference.py --check    # writes nothing; ends with 1 where one is out of date
"""

import argparse
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "docs" / "reference"
HEAD = "<!-- Made by scripts/reference.py from the code. Change the code, then run it. -->\n"
OF_THE_ENVIRONMENT = (
    "FACEFOLD_ROOT",
    "FACEFOLD_SERVER",
    "FACEFOLD_DATABASE",
)  # they change what the commands have by default


def cli_page():
    """Every command with its arguments, out of argparse's own parsers."""
    from pipeline import cli
    from pipeline.runners import environment

    parser = cli.build_parser()
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    helps = {choice.dest: choice.help for choice in commands._choices_actions}
    parts = ["# Commands", f"`{parser.prog}`: {parser.description}", arguments_table(parser)]
    for name, command in commands.choices.items():
        parts += [f"## facefold {name}", sentence(helps[name]), f"    {usage(command)}"]
        parts.append(arguments_table(command))
    parts += ["## Exit codes", exit_codes(cli)]
    parts += ["## Environment", *environment_parts(environment.__doc__)]
    return "\n\n".join(part for part in parts if part) + "\n"


def usage(parser):
    """One line: the command, what it needs, and that it takes options."""
    needed = []
    for action in parser._actions:
        if action.option_strings:
            if action.required:
                needed.append(f"{action.option_strings[-1]} {placeholder(action)}")
        else:
            word = placeholder(action)
            needed.append({"?": f"[{word}]", "+": f"{word} ..."}.get(action.nargs, word))
    return " ".join((parser.prog, *needed, "[OPTIONS]"))


def placeholder(action):
    """What stands for the value of an argument."""
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.metavar or action.dest


def arguments_table(parser):
    """A table of a parser's arguments: name, what it does, default."""
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
            continue
        takes_value = action.nargs != 0
        names = action.option_strings or [""]
        shown = [f"{name} {placeholder(action)}".strip() if takes_value else name for name in names]
        written = ", ".join(f"`{one}`".replace("|", "\\|") for one in shown)
        rows.append(f"| {written} | {cell(told(action))} | {default_of(action)} |")
    if not rows:
        return ""
    return "\n".join(["| argument | what it does | default |", "|---|---|---|", *rows])


def told(action):
    """An argument's help, its default left to the column beside it."""
    if action.dest == "settings":
        return "changes a setting, as often as needed: see [Settings](settings.md)"
    if not action.help:
        return ""
    text = action.help.replace("(default: %(default)s)", "").replace("default: %(default)s", "")
    return " ".join((text % vars(action)).split())


def default_of(action):
    """What an argument is without being given, for a cell."""
    if action.required or action.default in (None, "", [], False, argparse.SUPPRESS):
        return ""
    return f"`{action.default}`"


def cell(text):
    """Text that is safe in a table's cell."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def sentence(text):
    """Text with a capital letter and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def exit_codes(cli):
    """The exit codes of ``pipeline.cli``."""
    meanings = {
        cli.DONE: "done; of `run`: the model was blessed and pushed",
        cli.FAILED: "it failed; the last line says where the log is",
        cli.WRONG_ARGUMENTS: "an argument is wrong; one line says which, and what was expected",
        cli.NOT_BLESSED: "of `run`: the model was refused, and the reasons are printed",
        cli.INTERRUPTED: "stopped by Ctrl-C; the same command goes on where it stopped",
    }
    rows = [f"| {code} | {meaning} |" for code, meaning in sorted(meanings.items())]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def environment_parts(text):
    """The variables of ``pipeline.runners.environment``, a row each, below what it says of them."""
    first, *lines = text.strip().splitlines()
    rows = [line.split(None, 1) for line in lines if line.startswith("FACEFOLD_")]
    table = [f"| `{name}` | {cell(meaning)} |" for name, meaning in rows]
    server = (
        "| `FACEFOLD_SERVER` | TF Serving that `facefold assign` and `connect()` ask: HOST:PORT, or a URL |"
    )
    database = "| `FACEFOLD_DATABASE` | PostgreSQL for `facefold serve` and `facefold web`: a URL |"
    return first, "\n".join(["| variable | meaning (default) |", "|---|---|", *table, server, database])


def pages():
    """{file name: text} of every page that is made."""
    from reference_json import json_page
    from reference_recipes import recipes_page, settings_page
    from reference_signatures import signatures_page
    from reference_web_api import web_api_page

    made = {
        "cli.md": cli_page(),
        "json.md": json_page(ROOT),
        "signatures.md": signatures_page(),
        "settings.md": settings_page(),
        "recipes.md": recipes_page(),
        "web-api.md": web_api_page(),
    }
    return {name: HEAD + "\n" + linked(text) for name, text in made.items()}


def linked(text):
    """A page with every P0 to P4 outside code leading to docs/papers.md."""
    parts = re.split(r"(```.*?```|`[^`]+`)", text, flags=re.DOTALL)
    pattern, link = r"\bP([0-4])\b", r"[P\1](../papers.md#p\1)"
    return "".join(part if part.startswith("`") else re.sub(pattern, link, part) for part in parts)


def main(check):
    """Returns 0, or 1 where a page is out of date and only looked at."""
    for name in OF_THE_ENVIRONMENT:
        os.environ.pop(name, None)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    old = []
    for name, text in pages().items():
        file = FOLDER / name
        if not file.exists() or file.read_text() != text:
            old.append(str(file.relative_to(ROOT)))
            if not check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
    if old and check:
        print(
            f"Out of date: {', '.join(old)}. Expected them as the code is. Fix: python scripts/reference.py"
        )
        return 1
    print(f"Written: {', '.join(old)}." if old else "The reference is as the code is.")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="look, and write nothing")
    sys.exit(main(parser.parse_args().check))
