"""A network taught by groups: planted pictures are told apart, served as they were, and nothing else teaches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.catalog import build_model
from models.clustering.clusterers import CLUSTERERS
from models.inputs.training_data import ExampleSet
from models.subspaces import taught_by_groups, umap_space
from models.subspaces.group_network import GroupNetwork
from models.subspaces.lessons import epochs_of, mean_answers, teach
from models.subspaces.settings import TaughtByGroupsSettings
from models.subspaces.sure_pictures import Groups, mixture_groups, sure_pictures
from tests.bounds import of_network

N, SIDE, K = 90, 8, 3
NARROW = {
    "side": SIDE, "n_groups": K, "n_scales": 1, "n_angles": 2, "teacher_dim": 6, "n_filters": 8,
    "hidden_units": 12, "step_size": 0.01, "batch": 16, "steps": 60, "passes": 1, "rounds": 2, "n_views": 2, "agreement": 0.7,
}  # fmt: skip


def bars(n=N, seed=0):
    """n pictures (n, 8, 8, 1) of one of three bars, a little moved and noisy, and which (n,)."""
    generator = np.random.default_rng(seed)
    truth = np.arange(n) % K
    pictures = np.zeros((n, SIDE, SIDE, 1), np.float32)
    pictures[truth == 0, 3:5] = 1
    pictures[truth == 1, :, 3:5] = 1
    pictures[truth == 2] = np.eye(SIDE, dtype=np.float32)[..., None]
    moved = [np.roll(one, generator.integers(-1, 2), axis=generator.integers(2)) for one in pictures]
    noise = 0.1 * generator.random(pictures.shape, np.float32)
    return (np.stack(moved) * 0.9 + noise).astype(np.float32), truth


def example_set(images):
    return ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), len(images))


@pytest.fixture(scope="module")
def taught():
    """The settings, a network taught the planted groups but for ten that are not sure, and the shares."""
    images, truth = bars()
    settings = TaughtByGroupsSettings(**NARROW)
    network = GroupNetwork(settings)
    sure = np.arange(N) >= 10
    shares = teach(network, images, Groups(truth, sure), settings, 0)
    return settings, network, shares


def test_what_was_not_sure_and_new_pictures_are_told_as_planted(taught):
    _, network, shares = taught
    assert shares[0] == pytest.approx(80 / 90)
    assert len(shares) == 2
    for images, truth in (bars(), bars(60, 1)):
        told = np.asarray(network.both(images)[1]).argmax(axis=1)
        assert (told == truth).mean() > 0.9


def test_answers_are_means_of_shares_over_views(taught):
    _, network, _ = taught
    images = bars(7)[0]
    answers = mean_answers(network, images, 3)
    assert answers.shape == (7, K)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    assert np.abs(answers - mean_answers(network, images, 3)).max() > 0  # other views


def test_groups_of_which_none_is_sure_teach_nothing():
    settings = TaughtByGroupsSettings(**NARROW)
    images, truth = bars()
    assert teach(GroupNetwork(settings), images, Groups(truth, np.zeros(N, bool)), settings, 0) == []


@pytest.mark.parametrize(("n", "passes"), [(1600, 3), (160, 5), (3, 50)])
def test_a_round_has_enough_steps_and_passes(n, passes):
    settings = TaughtByGroupsSettings(**{**NARROW, "passes": 3, "steps": 50})
    assert epochs_of(n, settings) == passes


def test_sure_pictures_by_hand():
    """On a line 0 1 2 | 10 11 12, and 2.5 with the far ones: its neighbours are 2 and 1, none of its own."""
    points = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0], [2.6]])
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    # Of two neighbours: 0 has 1 2, 1 has 0 2, 2 has 2.6 1, the far ones have each other, 2.6 has 2 1.
    by_all = [True, True, False, True, True, True, False]
    np.testing.assert_array_equal(sure_pictures(points, labels, 2, 1.0), by_all)
    by_half = [True, True, True, True, True, True, False]
    np.testing.assert_array_equal(sure_pictures(points, labels, 2, 0.5), by_half)
    assert not sure_pictures(points[:1], labels[:1], 2, 0.5).any()


def test_a_mixture_finds_planted_groups_and_refuses_too_few():
    generator = np.random.default_rng(0)
    truth = np.arange(90) % 3
    points = 20.0 * np.eye(3)[truth] + generator.normal(size=(90, 3))
    labels = mixture_groups(points, 3, 3, 0)
    assert len(np.unique(truth * 3 + labels)) == 3
    with pytest.raises(ValueError, match="2 pictures make no 3 groups. Expected at least n_groups=3"):
        mixture_groups(points[:2], 3, 3, 0)


@pytest.fixture(scope="module")
def model():
    """A fitted model; the planted groups stand in for the teacher's."""
    images, truth = bars()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taught_by_groups, "umap_points", lambda rows, *told: rows)
        patch.setattr(taught_by_groups, "require_umap", lambda what: None)
        patch.setattr(taught_by_groups, "mixture_groups", lambda *told: truth)
        patch.setattr(taught_by_groups, "sure_pictures", lambda *told: np.arange(N) >= 10)
        model = build_model("taught_by_groups", 0, **NARROW)
        model.start_from(example_set(images))
    return model


def test_an_embedding_ends_with_the_logits_that_softmax_reads(model):
    images, truth = bars()
    rows = np.asarray(model.encode(images))
    assert rows.shape == (N, 12 + K)
    hidden, logits = model.network.both(images)
    np.testing.assert_array_equal(rows, np.concatenate([hidden, logits], axis=1))
    assert (rows[:, :12] >= 0).all()
    clusterer = CLUSTERERS["softmax"].build(None, 0, n_logits=model.settings.n_logits).fit(rows)
    np.testing.assert_array_equal(clusterer.labels_, rows[:, 12:].argmax(axis=1))
    assert (clusterer.labels_ == truth).mean() > 0.9
    facts = model.figures(None)
    assert (facts["teacher"], facts["sure"]) == ("scattering", pytest.approx(80 / 90))
    assert len(facts["taught_by"]) == 2


def test_the_same_seed_and_groups_teach_the_same(model, taught):
    _, network, shares = taught
    assert model.figures(None)["taught_by"] == shares
    np.testing.assert_array_equal(model.network.both(bars()[0])[1], network.both(bars()[0])[1])


def test_a_saved_model_and_its_graph_say_the_same(model, tmp_path):
    images = bars(20, 1)[0]
    rows = np.asarray(model.encode(images))
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "m.keras").encode(images), rows)
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = [tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32)]
    archive.add_endpoint("encode", model.encode, input_signature=spec)
    archive.write_out(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(
        served.encode(images), rows, rtol=0, atol=of_network(model) * np.abs(rows).max()
    )


def test_patches_teach_colours(monkeypatch):
    """The teacher is the one that the setting names, with the settings of its pupil; colours are read."""
    images, truth = bars()
    colours = images * np.array([1.0, 0.5, 0.2], np.float32)
    seen = []
    monkeypatch.setattr(taught_by_groups, "require_umap", lambda what: None)
    monkeypatch.setattr(taught_by_groups, "umap_points", lambda rows, *told: (seen.append(rows), rows)[1])
    monkeypatch.setattr(taught_by_groups, "mixture_groups", lambda *told: truth)
    values = {"teacher": "patch_kmeans", "channels": 3, "patch": 3, "n_centroids": 8, "mirrored": True}
    values |= {"rounds": 1, "steps": 1, "agreement": 0.0}
    model = build_model("taught_by_groups", 0, **{**NARROW, **values})
    model.start_from(example_set(colours))
    teacher = build_model("patch_kmeans", 0, **model.settings.of_teacher())
    teacher.start_from(example_set(colours))
    expected = np.asarray(teacher.encode(colours))
    np.testing.assert_allclose(seen[0], expected, rtol=0, atol=of_network(teacher) * np.abs(expected).max())
    assert np.asarray(model.encode(colours)).shape == (N, 12 + K)
    assert model.figures(None) == {"teacher": "patch_kmeans", "sure": 1.0, "taught_by": [1.0]}


def test_without_a_sure_picture_nothing_is_taught(monkeypatch):
    images, truth = bars()
    monkeypatch.setattr(taught_by_groups, "umap_points", lambda rows, *told: rows)
    monkeypatch.setattr(taught_by_groups, "require_umap", lambda what: None)
    monkeypatch.setattr(taught_by_groups, "mixture_groups", lambda *told: truth)
    monkeypatch.setattr(taught_by_groups, "sure_pictures", lambda *told: np.zeros(N, bool))
    with pytest.raises(ValueError, match="No picture has 70% of its 10 neighbours in its own group"):
        build_model("taught_by_groups", **NARROW).start_from(example_set(images))


def test_umap_that_is_not_installed_is_told_before_any_work(monkeypatch):
    monkeypatch.setattr(umap_space, "find_spec", lambda name: None)
    told = "model=taught_by_groups needs umap-learn, which is not installed. Run: make setup EXTRAS=umap"
    with pytest.raises(ImportError, match=told):
        build_model("taught_by_groups", **NARROW).start_from(None)


def test_pictures_of_another_size_are_refused(model):
    with pytest.raises(ValueError, match=r"do not fit taught_by_groups. Expected \(n, 8, 8, 1\)"):
        model.encode(np.zeros((2, 9, 8, 1), np.float32))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"side": 7, "n_scales": 2}, "side=7 is not possible. Expected at least 8 with n_scales=2"),
        (
            {"teacher": "patch_kmeans", "patch": 9},
            "side=8 is not possible. Expected at least 10 with patch=9",
        ),
        ({"teacher": "pixels"}, "teacher=pixels is not possible. Expected one of: scattering, patch_kmeans"),
    ],
)
def test_impossible_settings_are_told(values, told):
    with pytest.raises(ValueError, match=told):
        build_model("taught_by_groups", **{**NARROW, **values})


def test_the_teacher_has_its_settings_from_the_pupil():
    settings = TaughtByGroupsSettings(side=16, edge="zero", teacher_dim=7)
    expected = {"side": 16, "channels": 1, "n_scales": 2, "n_angles": 8, "edge": "zero", "latent_dim": 7}
    assert settings.of_teacher() == expected
    of_patches = TaughtByGroupsSettings(teacher="patch_kmeans", side=32, channels=3).of_teacher()
    assert of_patches == {"side": 32, "channels": 3, "patch": 6, "n_centroids": 300, "latent_dim": 100}
