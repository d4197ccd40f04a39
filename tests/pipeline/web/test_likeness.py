"""The order in which faces that are alike stand beside each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.web.library import faces
from pipeline.web.library.likeness import after_rank, like_order
from pipeline.web.models import Face
from tests.pipeline.web.planted import Planted


@given(
    arrays(np.float32, st.tuples(st.integers(0, 60), st.integers(1, 5)), elements=st.floats(-1, 1, width=32))
)
def test_every_row_comes_once(x):
    assert sorted(like_order(x)) == list(range(len(x)))


def test_groups_that_lie_apart_are_not_torn():
    """Groups of one point each, 1 apart, with noise of 0.001: any order by likeness keeps them whole."""
    random = np.random.default_rng(0)
    label = random.permutation(np.repeat(np.arange(20), 50))
    x = np.eye(24)[label] + 0.001 * random.normal(size=(1000, 24))
    told = label[like_order(x.astype(np.float32))]
    changes = int((told[1:] != told[:-1]).sum())
    assert changes == 19


def test_the_order_stays_while_faces_are_moved(account):
    planted = Planted(account, [5, 5], unknown=40, seed=3)
    rows = Face.objects.filter(owner=account, state="shown", person=None)
    told = after_rank(account, rows, None, 100)
    assert len(told) == 40
    faces.move(account, "1", [planted.faces[12].uuid], planted.people[0].uuid, None)
    assert after_rank(account, rows, None, 100) == [one for one in told if one[1] != planted.faces[12].pk]
    assert (
        after_rank(account, rows, list(told[19]), 5)
        == [one for one in told[20:] if one[1] != planted.faces[12].pk][:5]
    )


def test_a_face_that_is_new_stands_at_the_end(account):
    planted = Planted(account, [5], unknown=6)
    rows = Face.objects.filter(owner=account, person=None)
    after_rank(account, rows, None, 100)
    new = Face.objects.create(owner=account, photo=planted.photos[0], box=[0, 0, 9, 9])
    assert after_rank(account, rows, None, 100)[-1][1] == new.pk
