"""CSV and JSON of people, faces and photos."""

import csv
import io
import json
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.exchange.tables import FORMULA, FaceRow, PersonRow, PhotoRow, csv_lines, json_pieces

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PEOPLE = st.lists(
    st.builds(PersonRow, TEXTS, TEXTS, st.integers(0), st.integers(0), st.booleans(), st.booleans())
)
FACE = FaceRow("f", "p", -1.5, 2.0, 3.0, 4.0, "", "", float("nan"), "group", "detector", "shown")


@given(PEOPLE)
def test_csv_reads_back_but_for_the_guard(people):
    text = "".join(csv_lines(PersonRow, people))
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == [field.name for field in fields(PersonRow)]
    for row, person in zip(rows, people, strict=True):
        for cell, value in zip(row, asdict(person).values(), strict=True):
            if isinstance(value, str):
                assert cell == ("'" + value if value.startswith(FORMULA) else value)
                assert not cell.startswith(FORMULA)
            else:
                assert int(cell) == value


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_formulas_are_guarded(name):
    line = list(csv_lines(PersonRow, [PersonRow("p", name, 1, 1, False, False)]))[1]
    assert next(csv.reader([line]))[1] == "'" + name


def test_rfc_4180_by_hand():
    rows = [PhotoRow("p", 'a "b", c', "00", 4, 3, 6, "2020-01-02T03:04:05")]
    assert "".join(csv_lines(PhotoRow, rows)) == (
        'photo,file,sha256,width,height,orientation,taken_at\r\np,"a ""b"", c",00,4,3,6,2020-01-02T03:04:05\r\n'
    )


def test_numbers_are_numbers():
    line = list(csv_lines(FaceRow, [FACE]))[1]
    assert line == "f,p,-1.5,2.0,3.0,4.0,,,,group,detector,shown\r\n"
    assert json.loads("".join(json_pieces({"faces": [FACE]}))) == {
        "faces": [{**asdict(FACE), "confidence": None}]
    }


@given(PEOPLE)
def test_json_reads_back(people):
    text = "".join(json_pieces({"people": iter(people), "faces": [], "photos": []}))
    assert json.loads(text) == {"people": [asdict(one) for one in people], "faces": [], "photos": []}


def test_rows_are_taken_one_by_one():
    """A piece is written before the next row is asked for: an export of any size needs the memory of one."""
    asked = []

    def rows():
        for i in range(3):
            asked.append(i)
            yield PersonRow(str(i), "", 0, 0, False, False)

    lines = csv_lines(PersonRow, rows())
    next(lines)
    assert asked == []
    next(lines)
    assert asked == [0]
