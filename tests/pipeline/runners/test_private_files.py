import os
import subprocess
import sys

import pytest

from pipeline.runners.private_files import private_files, readable_for_all


def rights(path):
    return f"{path.stat().st_mode & 0o777:o}"


@pytest.fixture(autouse=True)
def _usual_rights():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_is_written_is_for_this_user_alone_also_by_other_processes(tmp_path):
    with private_files():
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "chip.png").write_bytes(b"")
        script = f"open({str(tmp_path / 'folder' / 'report.html')!r}, 'w').close()"
        subprocess.run([sys.executable, "-c", script], check=True)
    (tmp_path / "after").write_bytes(b"")
    assert rights(tmp_path / "folder") == "700"
    assert rights(tmp_path / "folder" / "chip.png") == rights(tmp_path / "folder" / "report.html") == "600"
    assert rights(tmp_path / "after") == "644"


def test_the_rights_come_back_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), private_files():
        raise RuntimeError
    (tmp_path / "after").write_bytes(b"")
    assert rights(tmp_path / "after") == "644"


def test_what_is_pushed_can_be_read_by_all(tmp_path):
    with private_files():
        (tmp_path / "serving" / "1").mkdir(parents=True)
        (tmp_path / "serving" / "1" / "saved_model.pb").write_bytes(b"")
        (tmp_path / "serving" / "gone").symlink_to(tmp_path / "nowhere")
    readable_for_all(tmp_path / "serving")
    assert rights(tmp_path / "serving") == rights(tmp_path / "serving" / "1") == "755"
    assert rights(tmp_path / "serving" / "1" / "saved_model.pb") == "644"
