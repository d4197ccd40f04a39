"""Names inside an archive: every photo its own, as far as every file system takes it."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.exchange.archive import _check
from pipeline.web.library.archive_names import archive_names
from pipeline.web.models import Photo

PARTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
NAMES = st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), max_size=20)


def photos(names):
    return [Photo(id=number, name=name, kind="image/jpeg") for number, name in enumerate(names)]


@given(NAMES, st.booleans())
def test_any_names_become_paths_within_the_archive_no_two_alike(names, flat):
    found = archive_names(photos(names), flat)
    seen = set()
    for name in found.values():
        _check(name, seen)  # raises for one that leads out, or comes twice
        seen.add(name)
    assert len({name.casefold() for name in found.values()}) == len(names)


def test_what_every_file_system_takes_stays_as_it_is():
    names = ["2019/Sea/IMG_1.jpg", "2020/IMG_1.jpg", "IMG_1.JPG"]
    assert list(archive_names(photos(names)).values()) == names


def test_of_one_name_each_gets_a_number_and_keeps_its_ending():
    found = archive_names(photos([f"{year}/IMG_1.jpg" for year in range(3000)]), flat=True)
    assert list(found.values())[:2] == ["IMG_1.jpg", "IMG_1 (2).jpg"]
    assert found[2999] == "IMG_1 (3000).jpg"


def test_a_name_without_an_ending_gets_that_of_its_kind():
    assert archive_names(photos(["scan", "a.b c"])) == {0: "scan.jpg", 1: "a.b c.jpg"}
