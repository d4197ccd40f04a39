"""The machines that the tests are run as: every two values meet in the quick ones, and failures are told."""

import itertools

from scripts import test_everywhere as everywhere


def test_six_machines_hold_every_two_values_of_twelve():
    assert len(everywhere.TWELVE) == len(set(everywhere.TWELVE)) == 12
    assert len(everywhere.SIX) == 6
    for one, other in itertools.combinations(range(3), 2):
        pairs = {(machine[one], machine[other]) for machine in everywhere.TWELVE}
        assert {(machine[one], machine[other]) for machine in everywhere.SIX} == pairs


def test_a_machine_has_what_its_row_says_and_nothing_of_this_one(monkeypatch, tmp_path):
    test = tmp_path / "test_sees.py"
    test.write_text(
        "import os\n\n\n"
        "def test_kernel():\n    assert os.environ['OPENBLAS_CORETYPE'] == 'Zen'\n\n\n"
        "def test_threads():\n    assert 'OMP_NUM_THREADS' not in os.environ\n\n\n"
        "def test_wrong():\n    assert False\n"
    )
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    found = everywhere.run(
        {"OPENBLAS_CORETYPE": "Zen", "OMP_NUM_THREADS": ""}, ["--rootdir", str(tmp_path), str(test)]
    )
    assert (found["passed"], found["failed"], found["skipped"]) == (2, 1, 0)
    assert found["names"] == ["test_sees::test_wrong"]


def test_a_run_that_does_not_begin_is_a_failure(tmp_path):
    found = everywhere.run({}, [str(tmp_path / "nowhere")])
    assert (found["passed"], found["names"]) == (0, ["pytest ended with 4"])


def test_what_this_processor_lacks_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(everywhere, "processor_has", lambda flag: flag != "avx512f")
    told = {"passed": 1, "failed": 0, "skipped": 0, "seconds": 1.0, "names": []}
    monkeypatch.setattr(everywhere, "run", lambda settings, arguments: told)
    monkeypatch.setattr("sys.argv", ["test_everywhere.py", "--quick"])
    assert everywhere.main() == 0
    last = capsys.readouterr().out.rpartition("machine")[2]
    assert last.count("left out: this processor has no avx512f") == 2
    told["names"] = ["a::b"]
    assert everywhere.main() == 1
    assert "FAILED a::b: Haswell, oneDNN off, all threads; Haswell, oneDNN on" in capsys.readouterr().out
