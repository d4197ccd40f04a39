"""The version that tells TFX's cache that code has changed."""

import pytest

from pipeline.dag import code_version as module


def test_it_changes_with_the_sources_and_with_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    package = tmp_path / "models"
    package.mkdir()
    (package / "a.py").write_text("x = 1")

    def version():
        module.code_version.cache_clear()
        return module.code_version("models")

    first = version()
    (package / "notes.txt").write_text("no code")
    assert version() == first
    (package / "a.py").write_text("x = 2")
    second = version()
    assert second != first
    (package / "b.py").write_text("")
    assert version() != second
    module.code_version.cache_clear()


def test_a_place_that_has_moved_is_an_error_and_no_version_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "models").mkdir()
    for place in ("models/gone.py", "models"):
        with pytest.raises(FileNotFoundError, match=f"No source file at {place}. Expected"):
            module.code_version(place)


def test_reached_follows_what_a_table_names(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    package = tmp_path / "models"
    package.mkdir()
    named = '{"b": "models.b:B", "c": "models.c", "d": "models.d.made", "e": "see models.e", "f": "other.f"}'
    (package / "a.py").write_text(f'"""As models.e."""\nTABLE = {named}\n')
    for name in "bcdef":
        (package / f"{name}.py").write_text("")
    module.reached.cache_clear()
    assert module.reached("models/a.py") == tuple(f"models/{name}.py" for name in "abcd")
    module.reached.cache_clear()


def test_reached_follows_imports_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    package = tmp_path / "models"
    package.mkdir()
    (package / "a.py").write_text("import os\nfrom models import b\ndef f():\n    from models.c import d\n")
    (package / "b.py").write_text("import models.a\n")
    (package / "c.py").write_text("")
    (package / "e.py").write_text("")
    module.reached.cache_clear()
    assert module.reached("models/a.py") == ("models/a.py", "models/b.py", "models/c.py")
    read = module.named_in.cache_info().misses
    assert module.reached("models/b.py") == module.reached("models/a.py")
    assert module.named_in.cache_info().misses == read  # each file is read once for all steps
    module.reached.cache_clear()


def test_the_trainer_does_not_reach_what_only_clusters():
    found = module.reached("models/training/train.py")
    assert {"models/autoencoders/cae.py", "models/export/encoder.py", "schemas/face.py"} <= set(found)
    assert {f"models/clustering/rules/{name}.py" for name in ("exemplars", "mixture", "nearest_mean")} <= set(
        found
    )
    assert not {"models/clustering/clusterers.py", "models/clustering/gaussian_mixture.py"} & set(found)
