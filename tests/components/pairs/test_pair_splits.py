"""Splits by look-alikes: whoever hangs together stays together, and nobody is in two splits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.pairs.splits import components_of, dealt


@st.composite
def graphs(draw):
    n = draw(st.integers(2, 40))
    edge = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])
    return n, draw(st.lists(edge, max_size=n))


@given(graphs(), st.integers(2, 10), st.integers(0, 2**32))
def test_nobody_is_in_two_splits_for_any_seed_and_graph(graph, k, seed):
    n, edges = graph
    components = components_of(n, edges)
    names = [f"p{i}" for i in range(n)]
    room = -(-n // k)
    if len(components) < k or max(map(len, components)) > room:
        with pytest.raises(ValueError, match="split"):
            dealt(components, k, names, seed)
        return
    splits = dealt(components, k, names, seed)
    assert len(splits) == k
    assert sorted(person for split in splits for person in split) == list(range(n))
    place = {person: i for i, split in enumerate(splits) for person in split}
    assert all(place[a] == place[b] for a, b in edges)
    assert all(splits)
    assert splits == dealt(components, k, names, seed)


@given(st.integers(2, 12), st.integers(2, 10), st.integers(0, 2**32))
def test_pairs_of_people_fill_splits_evenly(each, k, seed):
    components = [[2 * i, 2 * i + 1] for i in range(each * k)]
    splits = dealt(components, k, [str(i) for i in range(2 * each * k)], seed)
    assert {len(split) for split in splits} == {2 * each}


def test_the_seed_decides_who_is_where():
    components = [[2 * i, 2 * i + 1] for i in range(30)]
    names = [str(i) for i in range(60)]
    assert dealt(components, 10, names, 0) != dealt(components, 10, names, 1)


def test_a_component_that_is_larger_than_a_split_is_named():
    components = components_of(8, [(0, 1), (1, 2)])
    names = ["Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal"]
    with pytest.raises(ValueError, match=r"room for 2 of 8 people, but 3 .*Ann, Bo, Cy\. Give --splits 3\."):
        dealt(components, 4, names)
    assert sorted(map(len, dealt(components, 3, names))) == [2, 3, 3]


@given(graphs(), st.integers(2, 10))
def test_the_number_of_splits_that_an_error_advises_is_possible(graph, k):
    n, edges = graph
    components = components_of(n, edges)
    names = [str(i) for i in range(n)]
    try:
        assert len(dealt(components, k, names)) == k
        return
    except ValueError as error:
        advised = str(error).rpartition("--splits ")[2].strip(".")
    if advised.isdigit():
        assert len(dealt(components, int(advised), names)) == int(advised)
    else:  # no smaller number of splits is possible either
        for fewer in range(2, k):
            with pytest.raises(ValueError, match="split"):
                dealt(components, fewer, names)


def test_too_few_people_for_the_splits():
    with pytest.raises(ValueError, match=r"there are 3\. Give --splits 3\."):
        dealt([[0], [1], [2]], 4, ["a", "b", "c"])
    with pytest.raises(ValueError, match="--splits 1 is wrong"):
        dealt([[0], [1]], 1, ["a", "b"])
