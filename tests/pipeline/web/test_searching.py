"""The faces most like one of the library: nearest first, those that are shown alone."""

import numpy as np
import pytest

from pipeline.web.library import faces, searching
from pipeline.web.models import Face, Job


def search(planted, browser, at):
    """The faces that a search by the face at a place finds, and how far they are, by their place."""
    told = browser.post(f"search/{planted.faces[at].uuid}")
    assert told.status_code == 200
    job = browser.get(f"jobs/{told.json()['job']}").json()
    assert job["state"] == "done"
    place = {str(face.uuid): number for number, face in enumerate(planted.faces)}
    return [place[row["face"]] for row in job["result"]["faces"]], [
        row["distance"] for row in job["result"]["faces"]
    ]


def test_the_nearest_come_first(planted, browser):
    places, distances = search(planted, browser, 2)
    apart = np.linalg.norm(planted.rows.astype(float) - planted.rows[2].astype(float), axis=1)
    assert places == np.argsort(apart, kind="stable").tolist()
    assert distances == pytest.approx(np.sort(apart), abs=0.002)  # rounded to 0.001; float32 near 0
    assert set(places[:6]) == set(range(6))  # one planted person


def test_hidden_faces_are_passed_over_however_many(planted, browser, account, monkeypatch):
    monkeypatch.setattr(searching, "AT_ONCE", 2)
    monkeypatch.setattr(searching, "MOST", 4)
    faces.set_state(account, "1", [face.uuid for face in planted.faces[:5]], "ignored")
    places, _ = search(planted, browser, 5)
    assert places[0] == 5
    assert len(places) == 4
    assert not set(places) & set(range(5))


def test_a_face_without_embedding_says_so(planted, browser):
    face = Face.objects.create(owner=planted.account, photo=planted.photos[0], box=[0, 0, 9, 9])
    told = browser.post(f"search/{face.uuid}")
    job = browser.get(f"jobs/{told.json()['job']}").json()
    assert (job["state"], job["result"]) == ("failed", {})
    assert "not looked at yet" in job["error"]


def test_faces_of_others_are_not_found(planted, browser, browsers, other):
    stranger = browsers(other)
    assert stranger.post(f"search/{planted.faces[0].uuid}").status_code == 404
    assert not Job.objects.filter(owner=other).exists()
