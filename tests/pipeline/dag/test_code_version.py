"""The version that tells TFX's cache that code has changed."""

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


def test_reached_follows_imports_and_entries_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    package = tmp_path / "models"
    package.mkdir()
    (package / "a.py").write_text("import os\nfrom models import b\ndef f():\n    from models.c import d\n")
    (package / "b.py").write_text("import models.a\n")
    (package / "c.py").write_text('TABLE = {"d": Entry("models.d:Name")}')
    (package / "d.py").write_text('"""See models.e:Name and models.e."""')
    (package / "e.py").write_text("")
    module.reached.cache_clear()
    assert module.reached("models/a.py") == ("models/a.py", "models/b.py", "models/c.py", "models/d.py")
    module.reached.cache_clear()


def test_the_trainer_does_not_reach_what_only_clusters():
    found = module.reached("models/training/train.py")
    assert {"models/autoencoders/cae.py", "models/export/encoder.py", "schemas/features.py"} <= set(found)
    assert {f"models/clustering/rules/{name}.py" for name in ("exemplars", "mixture", "nearest_mean")} <= set(
        found
    )
    assert not {"models/clustering/clusterers.py", "models/clustering/gaussian_mixture.py"} & set(found)
