import subprocess
import sys
from collections import OrderedDict
from dataclasses import FrozenInstanceError, dataclass

import pytest

from schemas.entry import Entry, entry_of


@dataclass(frozen=True)
class WithFacts(Entry):
    finds_number: bool = False


TABLE = {"one": WithFacts("collections:OrderedDict", finds_number=True), "none": Entry("collections:Nothing")}


def test_an_entry_loads_what_its_path_names_and_keeps_its_facts():
    entry = entry_of(TABLE, "one", "model", "models/catalog.py")
    assert entry.load() is OrderedDict
    assert entry.finds_number
    with pytest.raises(FrozenInstanceError):
        entry.path = "collections:Counter"


def test_an_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"^Unknown model 'vea'\. Expected one of: none, one\. "
                       r"Add models in models/catalog\.py\.$"):  # fmt: skip
        entry_of(TABLE, "vea", "model", "models/catalog.py")


@pytest.mark.parametrize("path", ["collections", "collections.OrderedDict", ":Name", "a b:Name", "a:B.c"])
def test_a_path_of_another_form_is_refused_when_the_table_is_made(path):
    with pytest.raises(ValueError, match=r"must be 'package\.module:Name', received"):
        Entry(path)


def test_a_path_to_nothing_says_which_entry_to_correct():
    with pytest.raises(ImportError, match=r"collections has no Nothing.*'collections:Nothing'.*Correct"):
        TABLE["none"].load()


def test_making_entries_imports_nothing_of_what_they_name():
    code = "from schemas.entry import Entry; Entry('wave:open'); import sys; print('wave' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
