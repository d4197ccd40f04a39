import pytest

from components.duplicates.rows import DuplicateRow, read_rows, write_rows

ROW = DuplicateRow(
    "a/1,2.jpg", "b/“3”.jpg", "a" * 64, "b" * 64, "cropped", "tinted", "a", "b", mirror=True, scale=0.5
)


def test_rows_are_read_as_they_were_written(tmp_path):
    other = DuplicateRow("x.jpg", "y\n.jpg", "c" * 64, "d" * 64, "exact")
    write_rows([ROW, other], tmp_path / "duplicates.csv")
    assert read_rows(tmp_path / "duplicates.csv") == [ROW, other]


def test_a_short_list_by_hand_is_enough(tmp_path):
    file = tmp_path / "d.csv"
    file.write_text("first,second,first_hash,second_hash,kind\na.jpg,b.jpg,1,2,exact\n")
    assert read_rows(file) == [DuplicateRow("a.jpg", "b.jpg", "1", "2", "exact")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Expected a head"),
        ("first,second\na,b\n", "first_hash"),
        ("first,second,first_hash,second_hash,kind\na,b,1,2,alike\n", "line 2: kind is 'alike'"),
        ("first,second,first_hash,second_hash,kind,scale\na,b,1,2,exact,half\n", "line 2: scale is 'half'"),
    ],
)
def test_another_file_is_refused(tmp_path, text, told):
    file = tmp_path / "d.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=told):
        read_rows(file)


def test_two_names_need_two():
    assert ROW.two_names
    assert not DuplicateRow("1.jpg", "b/2.jpg", "", "", "exact", first_name="", second_name="b").two_names
