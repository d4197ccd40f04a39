"""Names of folders by person, safe on every file system."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.web.exchange.folders import DEVICES, LONGEST, Person, folder_names


def name_of(name):
    return folder_names([Person("k", name, 12)])["k"]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Ann Lee", "Ann Lee"),
        ("", "Person 12"),
        ("...", "Person 12"),
        ("\x00\u202e ", "Person 12"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("Ann. ", "Ann"),
        (".hidden", "hidden"),
        ("nul", "_nul"),
        ("NUL.txt", "_NUL.txt"),
        ("Aux .x", "_Aux .x"),
        ("com¹", "_com¹"),
        ("Connie", "Connie"),
        ("a\tb\nc", "a b c"),
        ("Zoe\u0308", "Zoë"),
        ("李", "李"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    ],
)
def test_by_hand(name, folder):
    assert name_of(name) == folder


def test_people_of_one_name():
    people = ["Ann", "ann", "ANN", "Ann (2)", "", "Person 5", "Zoë", "Zoe\u0308", "STRASSE", "Straße"]
    assert list(folder_names(Person(str(i), name, i + 1) for i, name in enumerate(people)).values()) == [
        *("Ann", "ann (2)", "ANN (3)", "Ann (2) (2)", "Person 5", "Person 5 (2)"),
        *("Zoë", "Zoë (2)", "STRASSE", "Straße (2)"),
    ]


def test_many_of_one_name_and_long_ones():
    names = list(folder_names(Person(str(i), "é" * 300, i) for i in range(3000)).values())
    assert names[0] == "é" * 60  # of two bytes each
    assert names[2999] == "é" * 56 + " (3000)"  # 112 and 7 bytes
    assert len(set(names)) == 3000


def test_cut_between_whole_characters():
    accent = "e" + "\u0323\u0302" * 1  # ệ is one character when composed
    assert name_of("x" * (LONGEST - 2) + accent) == "x" * (LONGEST - 2)
    family = "\U0001f468\u200d\U0001f469"
    assert name_of("x" * (LONGEST - 8) + family) == "x" * (LONGEST - 8)
    assert name_of("q\u0304" + "x" * 200).startswith("q\u0304x")


@given(st.lists(st.text(max_size=200), max_size=8))
@example(["CON", "con", "_con", "CON.", "ＣＯＮ"])
@example(["\u0301" * 300, "\u0301" * 301])
@example(["a" * 119 + ".b", "a" * 119])
def test_every_rule_of_every_file_system(names):
    folders = folder_names([Person(str(i), name, i) for i, name in enumerate(names)])
    assert list(folders) == [str(i) for i in range(len(names))]
    for folder in folders.values():
        assert folder
        assert folder not in (".", "..")
        assert not set(folder) & set('<>:"/\\|?*')
        assert all(unicodedata.category(char) not in ("Cc", "Cs") for char in folder)
        assert not folder.endswith((".", " "))
        assert not folder.startswith((".", " "))
        assert folder.split(".")[0].strip().upper() not in DEVICES
        assert len(folder.encode()) <= LONGEST
    for form in ("NFC", "NFD"):
        for fold in (str.casefold, str.upper, str.lower):
            assert len({fold(unicodedata.normalize(form, one)) for one in folders.values()}) == len(folders)
    assert folder_names([Person(str(i), name, i) for i, name in enumerate(names)]) == folders
