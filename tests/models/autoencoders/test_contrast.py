"""Contrastive training: the loss by hand, and what the random views may do."""

import keras
import numpy as np
import pytest

from models.autoencoders import simclr_face, views
from models.autoencoders.simclr_face import PROJECTION, SimCLRFace, contrast
from tests.bounds import of_share, of_sum


def by_hand(first, second, photos, temperature, same_person):
    z = np.concatenate([first, second])
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    n, losses = len(first), []
    for i in range(2 * n):
        positive = np.exp(z[i] @ z[(i + n) % (2 * n)] / temperature)
        others = [j for j in range(2 * n) if j % n != i % n]
        e = {j: np.exp(z[i] @ z[j] / temperature) for j in others}
        sure = sum(e[j] for j in others if photos[j % n] == photos[i % n])
        unsure = [e[j] for j in others if photos[j % n] != photos[i % n]]
        corrected = (sum(unsure) - same_person * len(unsure) * positive) / (1 - same_person)
        negative = max(corrected, len(unsure) * np.exp(-1 / temperature)) + sure
        losses.append(-np.log(positive / (positive + negative)))
    return np.mean(losses)


@pytest.mark.parametrize("same_person", [0.0, 0.1])
def test_the_loss_is_the_debiased_nt_xent(same_person):
    generator = np.random.default_rng(0)
    first, second = generator.standard_normal((2, 6, 5)).astype(np.float32)
    photos = np.array([1, 1, 2, 3, 3, 3])
    found = float(contrast(first, second, photos, 0.5, same_person))
    expected = by_hand(first, second, photos, 0.5, same_person)
    assert found == pytest.approx(expected, rel=of_sum(12 * 5))  # of cosines of 5 terms, 12 in a row


def test_what_is_taken_off_for_the_same_person_leaves_at_least_what_opposites_give():
    """Faces that are all opposite: half of a positive is more than all that the others sum to."""
    first = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)
    found = float(contrast(first, first, np.array([1, 2]), 0.5, 0.5))
    # Of cosines 1 and -1: two opposites, over one positive, at a temperature of 0.5.
    assert found == pytest.approx(np.log1p(2 * np.exp(-2) / np.exp(2)), rel=of_sum(4))
    assert found == pytest.approx(by_hand(first, first, np.array([1, 2]), 0.5, 0.5), rel=of_sum(4))


def test_the_model_compares_the_projections_of_two_views(monkeypatch):
    model = SimCLRFace(latent_dim=4, base_filters=2, temperature=0.7, same_person=0.05)
    seen = []
    monkeypatch.setattr(simclr_face, "random_view", lambda images, seed: seen.append(images) or images[::-1])
    images = np.random.default_rng(0).random((3, 64, 64, 3)).astype(np.float32)
    inputs = {"image": images, "photo": np.array([1, 1, 2])}
    outputs = model(inputs)
    expected = np.asarray(model.projection(model.encoder(images[::-1])))
    assert len(seen) == 2
    assert expected.shape == (3, PROJECTION)
    off = of_sum(64 * 64 * 3) * np.abs(expected).max()
    for projection in outputs.values():
        np.testing.assert_allclose(np.asarray(projection), expected, rtol=0, atol=off)
    (found,) = model.loss_terms(inputs, outputs).values()
    wanted = contrast(outputs["first"], outputs["second"], inputs["photo"], 0.7, 0.05)
    assert float(found) == float(wanted)


def test_faces_of_one_photo_are_pushed_apart_at_full_weight():
    # Two faces with the same projections: of one photo they are surely two people, of two photos perhaps one.
    same = np.array([[1.0, 0.0], [1.0, 0.02], [-1.0, 0.3], [0.1, -1.0]], np.float32)
    one_photo = float(contrast(same, same, np.array([1, 1, 2, 3]), 0.5, 0.3))
    two_photos = float(contrast(same, same, np.array([1, 4, 2, 3]), 0.5, 0.3))
    assert one_photo > two_photos + 0.1


def test_a_face_of_one_photo_alone_is_no_error():
    z = np.ones((1, 4), np.float32)
    assert float(contrast(z, z, np.array([1]), 0.5, 0.02)) == pytest.approx(0.0, abs=of_sum(4))


def test_a_projection_of_nothing_has_a_finite_loss():
    z = np.zeros((2, 4), np.float32)
    assert np.isfinite(float(contrast(z, z, np.array([1, 2]), 0.5, 0.02)))


def view(images, seed=0):
    return np.asarray(views.random_view(images, keras.random.SeedGenerator(seed)))


def test_a_whole_crop_without_flip_or_blur_is_the_image():
    ones, zeros = np.ones(1, np.float32), np.zeros(1, np.float32)
    matrix = np.asarray(views.sampling_matrix(zeros, 8 * ones, zeros, 0.05 * ones, 8))[0]
    np.testing.assert_allclose(matrix, np.eye(8), atol=of_sum(8))
    mirrored = np.asarray(views.sampling_matrix(zeros, 8 * ones, ones, 0.05 * ones, 8))[0]
    np.testing.assert_allclose(mirrored, np.eye(8)[::-1], atol=of_sum(8))


def test_a_crop_shows_its_part_only():
    ones, zeros = np.ones(1, np.float32), np.zeros(1, np.float32)
    ramp = np.arange(16, dtype=np.float32)
    matrix = np.asarray(views.sampling_matrix(4 * ones, 8 * ones, zeros, 0.4 * ones, 16))[0]
    seen = matrix @ ramp
    # Pixels 4 to 11, each of the first and last half a pixel wide of the edge.
    assert 3.5 < seen.min() < 4.5
    assert 10.5 < seen.max() < 11.5
    assert (np.diff(seen) > 0).all()


def test_views_differ_stay_in_range_and_never_turn_upside_down():
    images = np.zeros((32, 16, 16, 3), np.float32)
    images[:, :8] = 0.8  # bright above
    first = view(images)
    assert first.shape == images.shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.abs(first - view(images, 1)).mean() > 0.01
    above, below = (part.mean(axis=(1, 2, 3)) for part in (first[:, :4], first[:, -4:]))
    assert (above >= below - of_sum(4 * 16 * 3)).all()


def test_about_half_are_mirrored():
    images = np.zeros((400, 8, 8, 3), np.float32)
    images[:, :, :4] = 1.0
    seen = view(images)
    left = (seen[:, :, :3].mean(axis=(1, 2, 3)) > seen[:, :, -3:].mean(axis=(1, 2, 3))).mean()
    assert abs(left - 0.5) < of_share(0.5, 400)
