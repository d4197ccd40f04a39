"""Settings: checked when made, told in one line when wrong, and listed with what they may be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.settings import About, Settings, parsed, range_of, settable, setting, shown

ROOT = Path(__file__).resolve().parents[2]


class Example(Settings):
    epochs: int = setting(4, "passes", unit="epochs", ge=1)
    rate: float = setting(0.5, "share", ge=0, lt=1)
    noise: str = setting("none", "noise", choices=("none", "gaussian"))
    kinds: tuple[str, ...] = setting(("a",), "kinds", choices=("a", "b"))
    off: tuple[str, ...] = setting((), "rules", About(choices=("x", "y"), may_be_empty=True))
    whiten: bool = setting(True, "whether")
    weights: str = setting("", "a file", About(path="file"))
    kept: str = setting("", "where", About(internal=True))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 0, "Expected a whole number, at least 1, as in epochs=4."),
        ("epochs", 2.0, "Expected a whole number"),
        ("epochs", True, "Expected a whole number"),
        ("epochs", "3", "Expected a whole number"),
        ("rate", 1.0, "Expected a number, at least 0, below 1"),
        ("rate", float("nan"), "Expected a number, at least 0, below 1"),
        ("noise", "salt", "Expected one of: none, gaussian"),
        ("kinds", ("a", "c"), "Expected some of: a, b"),
        ("kinds", (), "Expected some of: a, b"),
        ("off", ("z",), "Expected some of: x, y"),
        ("whiten", "yes", "Expected true or false"),
        ("weights", "w.h5", "Expected an absolute path of a file"),
    ],
)
def test_an_impossible_value_is_told_in_one_line(name, value, expected):
    with pytest.raises(ValueError, match="is not possible") as error:
        Example(**{name: value})
    assert f"Setting {name}={shown(value)} is not possible. {expected}" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match=r"Unknown setting 'epoch'\. Expected one of: epochs, rate"):
        Example(epoch=3)


def test_a_changed_copy_is_checked_as_a_new_one_is():
    assert Example().changed(epochs=7) == Example(epochs=7)
    with pytest.raises(ValueError, match="epochs=0"):
        Example().changed(epochs=0)
    with pytest.raises(ValueError, match="frozen"):
        Example().epochs = 3


def test_settings_survive_json_within_a_larger_dict():
    made = Example(epochs=9, kinds=("b", "a"), off=("x",))
    assert Example.picked({**json.loads(json.dumps(made.model_dump())), "other": 1}) == made


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("epochs", "3", 3),
        ("rate", "2e-4", 2e-4),
        ("whiten", "False", False),
        ("kinds", "a, b", ("a", "b")),
        ("kinds", "all", ("a", "b")),
        ("off", "", ()),
        ("noise", "gaussian", "gaussian"),
    ],
)
def test_what_a_person_writes_is_a_value_of_the_settings_type(name, text, value):
    assert parsed(Example, name, text) == value


@pytest.mark.parametrize(("name", "text"), [("epochs", "three"), ("rate", "fast"), ("whiten", "1")])
def test_a_text_of_another_type_is_told_in_one_line(name, text):
    with pytest.raises(ValueError, match=f"Setting {name}={text} is not possible. Expected "):
        parsed(Example, name, text)


def test_ranges_in_words():
    ranges = {name: range_of(Example, name) for name in settable(Example)}
    assert ranges == {
        "epochs": "a whole number, at least 1",
        "rate": "a number, at least 0, below 1",
        "noise": "one of: none, gaussian",
        "kinds": "some of: a, b",
        "off": "some of: x, y",
        "whiten": "true or false",
        "weights": "an absolute path of a file",
    }


def test_the_command_reads_all_settings_without_importing_anything_heavy():
    heavy = ("tensorflow", "keras", "sklearn", "scipy", "tfx", "apache_beam", "cv2")
    script = f"import sys, pipeline.cli; print(*sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == ""
