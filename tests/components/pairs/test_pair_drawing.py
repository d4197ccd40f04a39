"""Drawing pairs: nothing twice, no photo with itself or its duplicate, balanced, nobody too often."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.pairs.by_people import drawn_by_people, most_of
from components.pairs.gallery import gallery_of
from components.pairs.look_alikes import EVERYONE, centroids_of, matched
from components.pairs.making import KINDS, Asked, make_pairs
from components.pairs.similar import candidates, drawn_by_similarity
from components.pairs.writing import csv_text


def unit_rows(n, d=8, seed=0):
    rows = np.random.default_rng(seed).normal(size=(n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@st.composite
def galleries(draw):
    """Photos of 4 to 12 people, some of one picture, in any order."""
    counts = draw(st.lists(st.integers(1, 7), min_size=4, max_size=12))
    names = [f"p{person:02d}" for person, n in enumerate(counts) for _ in range(n)]
    paths = [f"{name}/{i:03d}.jpg" for i, name in enumerate(names)]
    pictures = draw(st.lists(st.integers(0, 2 * len(names)), min_size=len(names), max_size=len(names)))
    order = draw(st.permutations(range(len(names))))
    return [[column[i] for i in order] for column in (paths, names, pictures)]


@given(galleries())
def test_a_gallery_has_each_picture_once_and_none_under_two_names(rows):
    paths, names, pictures = rows
    gallery, left_out = gallery_of(paths, names, pictures)
    picture = dict(zip(paths, pictures, strict=True))
    whose = {}
    for name, one in zip(names, pictures, strict=True):
        whose.setdefault(one, set()).add(name)
    kept = [picture[path] for path in gallery.paths]
    assert len(set(kept)) == len(kept)
    assert set(kept) == {one for one, people in whose.items() if len(people) == 1}
    assert left_out.two_people == sum(len(whose[one]) > 1 for one in pictures)
    assert left_out.repeated == len(paths) - left_out.two_people - len(kept)
    assert gallery.paths == sorted(gallery.paths)
    assert [paths[row] for row in gallery.rows] == gallery.paths
    assert [gallery.names[i] for i in gallery.people] == [path.split("/")[0] for path in gallery.paths]


@settings(max_examples=60)
@given(galleries(), st.sampled_from(KINDS), st.integers(2, 3), st.integers(1, 6), st.integers(0, 2**31))
def test_what_holds_of_every_set_of_pairs(rows, kind, k, half, seed):
    paths, names, pictures = rows
    gallery, _ = gallery_of(paths, names, pictures)
    if len(gallery.names) < 2:
        return
    embeddings = unit_rows(len(gallery.paths), 3)
    look_alikes = matched(centroids_of(embeddings, gallery.people))
    asked = Asked(kind, k, 2 * half, seed, 1.5, -1.0)
    given_ = [] if kind == "random" else look_alikes
    try:
        made = make_pairs(gallery, given_, asked, embeddings, "m-1+2")
    except ValueError as error:
        told = str(error)
        assert told.startswith(("Too few photos", f"{k} splits", "A split has room"))
        size = told.partition("--size ")[2].partition(" ")[0]
        if size.isdigit():  # what it says would fit does fit
            again = make_pairs(gallery, given_, Asked(kind, k, int(size), seed, 1.5, -1.0), embeddings)
            assert len(again.pairs) == k * int(size)
        return
    pairs = made.pairs
    picture = dict(zip(paths, pictures, strict=True))
    person = {path: path.split("/")[0] for path in paths}
    both = list(zip(pairs.first, pairs.second, strict=True))
    assert len({frozenset(pair) for pair in both}) == len(both)  # without replacement
    assert all(picture[a] != picture[b] for a, b in both)
    assert [person[a] == person[b] for a, b in both] == pairs.same.tolist()
    where = {}
    for (a, b), fold in zip(both, pairs.fold.tolist(), strict=True):
        for path in (a, b):
            assert where.setdefault(person[path], fold) == fold  # no person in two splits
    for fold in range(k):
        inside = pairs.fold == fold
        assert (pairs.same & inside).sum() == (~pairs.same & inside).sum() == half
    if kind == "doppelganger":
        alike = {frozenset((gallery.names[a], gallery.names[b])) for a, b in look_alikes}
        negatives = [pair for pair, same in zip(both, pairs.same, strict=True) if not same]
        assert all(frozenset((person[a], person[b])) in alike for a, b in negatives)
    text = csv_text(pairs)
    assert csv_text(make_pairs(gallery, given_, asked, embeddings, "m-1+2").pairs) == text


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=8),
    st.integers(1, 40),
    st.floats(1, 3),
    st.integers(0, 2**31),
    st.booleans(),
)
def test_nobody_is_above_the_cap(counts, half, cap, seed, by_similarity):
    ends = np.cumsum([0, *counts])
    photos = [np.arange(a, b) for a, b in pairwise(ends)]
    owner = np.repeat(np.arange(len(counts)), counts)
    rng = np.random.default_rng(seed)
    if by_similarity:
        alike = candidates(unit_rows(len(owner)).astype(np.float32), owner, -1.0)
        own, others = drawn_by_similarity(photos, alike, half, cap, rng)
    else:
        edges = [(i, j) for j in range(len(counts)) for i in range(j)]
        own, others = drawn_by_people(photos, edges, half, cap, rng)
    assert len(own) <= half
    assert len(others) <= half
    assert all(owner[i] == owner[j] and i < j for i, j in own)
    assert all(owner[i] != owner[j] and i < j for i, j in others)
    n = len(counts)
    of_one = Counter(int(owner[i]) for i, _ in own)
    of_two = Counter(int(owner[photo]) for pair in others for photo in pair)
    assert max(of_one.values(), default=0) <= math.ceil(cap * half / n - 1e-9) == most_of(cap, half, n)
    assert max(of_two.values(), default=0) <= math.ceil(2 * cap * half / n - 1e-9)


def test_where_photos_are_enough_everybody_has_an_even_share():
    photos = [np.arange(20 * i, 20 * i + 20) for i in range(6)]
    edges = [(0, 1), (2, 3), (4, 5)]
    own, others = drawn_by_people(photos, edges, 300, 1.0, np.random.default_rng(0))
    assert Counter(i // 20 for i, _ in own) == dict.fromkeys(range(6), 50)
    assert Counter((i // 20, j // 20) for i, j in others) == dict.fromkeys(edges, 100)


def test_most_similar_photos_come_first_and_the_one_used_less_gives_its_own():
    unit = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 2, 2, 3, 3]]
    unit[4] = [0.9, 0, np.sqrt(1 - 0.81), 0]  # photo 4, of the third person, looks like the first person
    owner = np.repeat(np.arange(4), 2)
    found = candidates(unit, owner, 0.8)
    assert [(i, j) for i, j, _ in found] == [(0, 4), (1, 4)]
    assert [cosine for *_, cosine in found] == pytest.approx([0.9, 0.9])
    photos = [np.array([2 * i, 2 * i + 1]) for i in range(4)]
    own, others = drawn_by_similarity(photos, found, 2, 4.0, np.random.default_rng(0))
    assert others == [(0, 4), (1, 4)]
    assert own == [(0, 1), (4, 5)]


@given(st.integers(2, 30), st.integers(0, 2**31), st.integers(1, 60))
def test_candidates_are_the_most_similar_of_all(n, seed, most):
    unit = unit_rows(n, 4, seed).astype(np.float32)
    owner = np.arange(n) // 2
    cosines = unit @ unit.T
    i, j = np.triu_indices(n, 1)
    strangers = owner[i] != owner[j]
    best = np.sort(cosines[i, j][strangers])[::-1][:most]
    found = candidates(unit, owner, -2.0, most)
    np.testing.assert_array_equal([cosine for *_, cosine in found], best)
    assert all(owner[a] != owner[b] for a, b, _ in found)


@pytest.mark.parametrize("n", [7, 60, 200])
def test_matching_takes_each_person_once(n):
    pairs = matched(unit_rows(n, 6))
    people = [person for pair in pairs for person in pair]
    assert len(set(people)) == len(people)
    if n <= EVERYONE:
        assert len(pairs) == n // 2  # everybody, but for the odd one


@given(st.integers(2, 8), st.integers(0, 2**31))
def test_a_matching_is_the_most_alike_of_all(n, seed):
    rows = unit_rows(n, 3, seed)
    alike = rows @ rows.T

    def best(left):
        if len(left) < 2:
            return 0.0
        first, rest = left[0], left[1:]
        joined = [alike[first, other] + best([p for p in rest if p != other]) for other in rest]
        return max(joined + ([best(rest)] if len(left) % 2 else []))

    total = sum(alike[a, b] for a, b in matched(rows))
    assert total == pytest.approx(best(list(range(n))), abs=1e-9)


def test_a_chain_of_neighbours_is_matched_in_pairs():
    angles = np.array([0.0, 1.0, 1.9, 2.7]) / 4  # each one's nearest is the next: a chain of four
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert matched(rows) == [(0, 1), (2, 3)]


def test_too_few_photos_tell_counts_and_what_would_fit():
    names = [f"p{i}" for i in range(4) for _ in range(3)]
    gallery, _ = gallery_of([f"{name}/{i}.jpg" for i, name in enumerate(names)], names, range(12))
    with pytest.raises(ValueError, match=r"split 0 has 2 people with 6 photos.* 6 pairs of one person and 9 "
                                         r"of two.*Expected 10 of each\. --size 12 would fit"):  # fmt: skip
        make_pairs(gallery, [(0, 1), (2, 3)], Asked("doppelganger", 2, 20))
    assert len(make_pairs(gallery, [(0, 1), (2, 3)], Asked("doppelganger", 2, 12)).pairs) == 24


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "twins"}, "Unknown kind 'twins'"),
        ({"size": 5}, "--size 5 is wrong. Expected an even number"),
        ({"cap": 0.5}, "--cap 0.5 is wrong"),
        ({"cap": math.nan}, "--cap nan is wrong"),
        ({"seed": -1}, "--seed -1 is wrong"),
    ],
)
def test_what_can_not_be_asked_for(asked, words):
    with pytest.raises(ValueError, match=words):
        Asked(**{"kind": "random", **asked})
