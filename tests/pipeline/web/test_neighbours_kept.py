"""Neighbours are kept, and grow with the faces that come; what was placed by the worker makes questions anew."""

import numpy as np
import pytest

from models.clustering.corrections.neighbours import find_neighbours
from pipeline.web.library import grouping, pairs
from pipeline.web.library.arrays import faces_of
from pipeline.web.models import Embedding, Face

pytestmark = pytest.mark.django_db


def more_faces(planted, count):
    """Faces of nobody that came later, near the planted ones."""
    made = Face.objects.bulk_create(
        Face(owner=planted.account, photo=planted.photos[0], box=[0, 0, 9, 9], quality=1.0)
        for _ in range(count)
    )
    rows = np.roll(planted.rows[:count], 1, axis=1)
    Embedding.objects.bulk_create(
        Embedding(face=face, space="planted", bytes=row.tobytes())
        for face, row in zip(made, rows, strict=True)
    )


def kept(account):
    faces = faces_of(account, "planted")
    return faces, grouping.neighbours_of(account, "planted", faces)


def test_faces_that_came_are_added_and_of_faces_that_went_all_are_found_anew(planted, monkeypatch):
    account = planted.account
    kept(account)
    more_faces(planted, 5)
    with monkeypatch.context() as only_added:
        only_added.setattr("models.clustering.corrections.neighbours.find_neighbours", None)
        faces, found = kept(account)
        assert len(kept(account)[1]) == len(faces) == len(planted.faces) + 5
    np.testing.assert_allclose(found.distance, find_neighbours(faces.x).distance, atol=1e-3)
    Face.objects.filter(pk=planted.faces[2].pk).update(state="ignored")
    faces, found = kept(account)
    np.testing.assert_array_equal(found.index, find_neighbours(faces.x).index)


def test_faces_that_the_worker_places_make_the_questions_anew(planted):
    """It places them without an edit: the questions of before were about faces of nobody."""
    account = planted.account
    pairs.count(account)
    assert pairs.kept_count(account) is not None
    Face.objects.filter(owner=account).update(placed=True)
    assert pairs.kept_count(account) is None
