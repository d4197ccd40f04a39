"""Regions of files and the library's faces, paired."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.exchange.matching import ENOUGH, matched_regions
from pipeline.web.exchange.regions import Region, overlap

SPOTS = st.lists(
    st.builds(
        Region,
        st.just(""),
        st.sampled_from([0.2, 0.3, 0.4, 0.5]),
        st.sampled_from([0.3, 0.45]),
        st.sampled_from([0.1, 0.2, 0.3]),
        st.sampled_from([0.1, 0.2]),
    ),
    max_size=4,
)


def test_the_nearest_face_and_each_once():
    faces = [Region("", 0.2, 0.5, 0.2, 0.2), Region("", 0.7, 0.5, 0.2, 0.2)]
    regions = [
        Region("Ann", 0.71, 0.5, 0.2, 0.2),
        Region("Bob", 0.22, 0.5, 0.2, 0.2),
        Region("Cid", 0.2, 0.51, 0.2, 0.2),
        Region("Rex", 0.2, 0.5, 0.2, 0.2, "Pet"),
        Region("Dan", 0.5, 0.1, 0.1, 0.1),
    ]
    found = matched_regions(regions, faces)
    assert sorted(found.pairs) == [(0, 1), (2, 0)]  # Cid's is nearer than Bob's; the pet is none
    assert found.new == (1, 4)


def test_a_small_box_inside_a_face_is_the_face():
    face, inside = Region("", 0.5, 0.5, 0.4, 0.4), Region("Ann", 0.5, 0.55, 0.1, 0.1)
    assert overlap(face, inside) < ENOUGH
    assert matched_regions([inside], [face]).pairs == ((0, 0),)
    beside = Region("Ann", 0.72, 0.5, 0.1, 0.1)
    assert overlap(face, beside) > 0
    assert matched_regions([beside], [face]).new == (0,)


def test_a_box_of_a_whole_head_beside_the_face():
    """Of 0.5 x 0.2 around a face of 0.2 x 0.2: 0.4 of both together; of 0.7 x 0.2, 2/7. Its centre is outside."""
    face = Region("", 0.5, 0.5, 0.2, 0.2)
    assert matched_regions([Region("", 0.61, 0.5, 0.5, 0.2)], [face]).pairs == ((0, 0),)
    assert matched_regions([Region("", 0.61, 0.5, 0.7, 0.2)], [face]).new == (0,)


def test_nothing_to_match():
    assert matched_regions([], [Region("", 0.5, 0.5, 0.1, 0.1)]).pairs == ()
    assert matched_regions([Region("", 0.5, 0.5, 0.1, 0.1)], []).new == (0,)


@given(SPOTS, SPOTS)
def test_no_other_pairing_shares_more(regions, faces):
    """Against all pairings there are."""

    def gain(i, j):
        one, face = regions[i], faces[j]
        inside = abs(one.x - face.x) <= face.w / 2 and abs(one.y - face.y) <= face.h / 2
        return overlap(one, face) if inside or overlap(one, face) >= ENOUGH else 0.0

    found = matched_regions(regions, faces)
    places = [*range(len(faces)), *[None] * len(regions)]
    best = max(
        sum(gain(i, j) for i, j in enumerate(choice) if j is not None)
        for choice in itertools.permutations(places, len(regions))
    )
    assert abs(sum(gain(i, j) for i, j in found.pairs) - best) < 1e-9
    assert len({j for _, j in found.pairs}) == len(found.pairs)
    assert sorted([*(i for i, _ in found.pairs), *found.new]) == list(range(len(regions)))
