"""The version that tells TFX's cache that code has changed."""

from pipeline import code_version as module


def test_it_changes_with_the_sources_and_with_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HOUSE", tmp_path)
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
