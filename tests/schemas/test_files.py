"""A file is replaced whole or stays as it was."""

import pytest

from schemas.files import atomic_write, replacing


def test_text_and_bytes_take_the_place_of_what_was_there(tmp_path):
    file = tmp_path / "state.json"
    atomic_write(file, "a face, ein Gesicht, 一张脸")
    assert file.read_bytes().decode("utf-8") == "a face, ein Gesicht, 一张脸"
    atomic_write(file, b"\xff")
    assert file.read_bytes() == b"\xff"
    assert list(tmp_path.iterdir()) == [file]


def test_a_writer_that_fails_leaves_nothing_and_the_file_as_it_was(tmp_path):
    file = tmp_path / "1.weights.h5"
    atomic_write(file, "before")

    def written():
        with replacing(file, ".weights.h5") as partial:
            assert partial.parent == tmp_path
            assert partial.name.endswith(".weights.h5")
            partial.write_text("half")
            assert file.read_text() == "before"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written()
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_in_no_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        atomic_write(tmp_path / "nowhere" / "file", "")
