"""What `facefold clean` removes, and that the root can be used afterwards."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.runners import cleaning
from pipeline.runners.cleaning import freed_by, ids_of_baselines
from pipeline.runners.shared_copies import link_equal_files
from pipeline.serving.files import labelled_versions, pushed_versions, write_serving_files
from tests.components.bless.saved_models import write_model
from tests.pipeline.runners.small_steps import pushed_version, run_under


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A root with three runs of other settings, and what each of them made."""
    root = tmp_path_factory.mktemp("made") / "root"
    root.mkdir()
    return root, [run_under(root, settings)[1] for settings in ("a", "b", "c")]


@pytest.fixture
def root(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "root")
    run_under(tmp_path / "root", "c")  # the record follows the copy, and the last run is the latest
    return tmp_path / "root"


def artifacts(root):
    return {str(path.relative_to(root)) for path in root.glob("artifacts/*/[!.]*/*")}


def clean(root, *arguments):
    return cli.main(["clean", "--root", str(root), *arguments])


def test_only_the_latest_runs_are_kept_and_the_next_reuses_them(root, capfd, made):
    before, versions = artifacts(root), pushed_versions(Layout(root))
    assert clean(root, "--dry-run") == cli.DONE
    assert "Would free 0." in capfd.readouterr().out
    assert artifacts(root) == before
    assert clean(root) == cli.DONE
    assert "Freed 0." in capfd.readouterr().out
    assert pushed_versions(Layout(root)) == versions
    assert {Path(name).parts[1] for name in artifacts(root)} == {"Made", "RunReport", "Sent"}
    assert len(artifacts(root)) == 3
    assert run_under(root, "c")[0] == []
    assert clean(root) == cli.DONE
    assert "Freed 0.0 MB: 0 artifacts" in capfd.readouterr().out
    assert run_under(root, "a")[0] == ["Made", "Told", "Sent"]


def test_two_runs_and_one_version_are_kept_if_asked(root, capfd):
    latest = pushed_version(run_under(root, "c")[1])
    assert clean(root, "--runs", "2", "--versions", "1") == cli.DONE
    assert list(Layout(root).serving.iterdir()) == [latest]
    assert run_under(root, "c")[0] == []


def test_a_version_with_a_label_is_kept(root):
    layout = Layout(root)
    first, *_, last = pushed_versions(layout)
    write_serving_files(layout, {"stable": first})
    assert labelled_versions(layout) == {first}
    assert clean(root, "--versions", "1") == cli.DONE
    assert pushed_versions(layout) == [first, last]
    write_serving_files(layout)
    assert labelled_versions(layout) == set()


def test_what_a_failed_step_left_goes_and_what_a_step_at_work_writes_stays(root, monkeypatch):
    for number in ("77", "78"):
        (root / "artifacts" / "Made" / "model" / number).mkdir()
    real = cleaning.store_of

    class Store:
        """As if the execution 78 were at work."""

        def __init__(self, store):
            self.store = store

        def __getattr__(self, name):
            return getattr(self.store, name)

        def get_executions(self):
            (one, *rest) = self.store.get_executions()
            one.id, one.last_known_state = 78, cleaning.AT_WORK[1]
            return [one, *rest]

    monkeypatch.setattr(cleaning, "store_of", lambda layout: Store(real(layout)))
    assert clean(root) == cli.DONE
    names = {Path(name).name for name in artifacts(root) if "/model/" in name}
    assert "77" not in names
    assert "78" in names


def test_the_latest_blessed_model_of_each_kind_is_kept(tmp_path):
    from tfx.types.standard_artifacts import Model, ModelBlessing

    live = []
    for number, takes in enumerate(("image_bytes", "image_bytes", "examples"), 1):
        trained, model, blessing = Model(), Model(), ModelBlessing()
        for shift, one in ((0, trained), (10, model), (20, blessing)):
            one.id, one.uri = number + shift, str(tmp_path / f"{shift}" / f"{number}")
        model.set_string_custom_property("encoder", trained.uri)
        blessing.set_int_custom_property("blessed", 1)
        blessing.set_int_custom_property("current_model_id", model.id)
        write_model(Path(model.uri) / "Format-Serving", takes)
        live += [one.mlmd_artifact for one in (trained, model, blessing)]
    assert ids_of_baselines(live) == {2, 12, 22, 3, 13, 23}
    # A classifier takes the same bytes as a model that groups, and is none: both stay, the latest of each.
    for number in (4, 5):
        model, blessing = Model(), ModelBlessing()
        for shift, one in ((10, model), (20, blessing)):
            one.id, one.uri = number + shift, str(tmp_path / f"{shift}" / f"{number}")
        blessing.set_int_custom_property("blessed", 1)
        blessing.set_int_custom_property("current_model_id", model.id)
        write_model(Path(model.uri) / "Format-Serving", "image_bytes")
        card = json.dumps({"task": "classify", "name": "gender-probe"})
        (Path(model.uri) / "Format-Serving" / "model_card.json").write_text(card)
        live += [one.mlmd_artifact for one in (model, blessing)]
    assert ids_of_baselines(live) == {2, 12, 22, 3, 13, 23, 15, 25}


def test_wrong_numbers_and_a_root_that_is_none_are_refused(tmp_path, capfd):
    for arguments in (["--runs", "0"], ["--versions", "0"]):
        assert clean(tmp_path, *arguments) == cli.WRONG_ARGUMENTS
    assert clean(tmp_path / "none") == cli.WRONG_ARGUMENTS
    assert len(capfd.readouterr().err.splitlines()) == 3
    assert clean(tmp_path) == cli.DONE  # an empty folder


def test_equal_files_are_one_file_and_a_file_with_another_link_frees_nothing(tmp_path):
    content = {"a/1": b"x" * 70_000, "b/1": b"x" * 70_000, "b/2": b"y" * 70_000, "c/1": b"x", "c/2": b"x"}
    for name, data in content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    folders = [tmp_path / name for name in "abc"]
    assert link_equal_files(folders) == 70_000
    assert link_equal_files(folders) == 0
    assert (tmp_path / "a/1").samefile(tmp_path / "b/1")
    assert {name: (tmp_path / name).read_bytes() for name in content} == content
    assert freed_by(folders[:1]) == 0
    assert freed_by(folders[:2]) == 140_000
