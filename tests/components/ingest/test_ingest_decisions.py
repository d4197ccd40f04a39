import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.decisions import Decision, decided_pairs, left_out, lines_of, read_decisions


def sha(name):
    return hashlib.sha256(str(name).encode()).hexdigest()


def written(tmp_path, *lines):
    file = tmp_path / "decisions.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return file


def line(left, right, keep):
    return {"left": sha(left), "right": sha(right), "keep": keep}


A, B, C, D = map(sha, "abcd")
# Decisions that can all hold: of two, the lower number is kept, or both.
ORDERED = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()).filter(lambda told: told[0] != told[1]),
    max_size=25,
)


def decided(told):
    out = []
    for one, other, on_left in told:
        low, high = sorted((one, other))
        ends = (low, high) if on_left else (high, low)
        out.append(Decision(sha(ends[0]), sha(ends[1]), "left" if on_left else "right"))
    return out


@given(ORDERED, st.sets(st.integers(0, 9)))
def test_no_group_is_lost_whatever_is_there(told, there):
    present = {sha(number) for number in there}
    decisions = decided(told)
    out = left_out(decisions, present)
    assert out.keys() <= present
    assert set(out.values()) <= present - out.keys()
    # a path of decisions leads from each photo that is left out to the one kept for it
    linked = {}
    for one in decisions:
        linked.setdefault(one.left, set()).add(one.right)
        linked.setdefault(one.right, set()).add(one.left)
    for lost, kept in out.items():
        reached, waiting = {lost}, [lost]
        while waiting:
            new = linked[waiting.pop()] - reached
            reached |= new
            waiting += new
        assert kept in reached


@given(ORDERED)
def test_of_two_that_are_there_the_other_is_left_out(told):
    everything = {sha(number) for number in range(10)}
    out = left_out(decided(told), everything)
    assert {one.dropped for one in decided(told)} == out.keys()


@given(ORDERED)
def test_mirrored_and_repeated_lines_say_the_same(told):
    there = {sha(number) for number in range(10)}
    turned = [(one, other, not on_left) for one, other, on_left in told]
    assert left_out(decided(told), there) == left_out(decided(told + turned + told), there)


def test_what_is_written_is_read(tmp_path):
    file = written(tmp_path, line("a", "b", "left"), "", line("b", "a", "right"), line("c", "d", "both"))
    decisions = read_decisions(file)
    assert [(one.left, one.right, one.keep, one.line) for one in decisions] == [
        (A, B, "left", 1),
        (B, A, "right", 3),
        (C, D, "both", 4),
    ]
    assert decided_pairs(decisions) == {frozenset((A, B)), frozenset((C, D))}
    assert left_out(decisions, {A, B, C, D}) == {B: A}
    file.write_text(lines_of(decisions))
    assert [one.pair for one in read_decisions(file)] == [one.pair for one in decisions]


def test_the_other_stays_where_the_kept_one_is_gone():
    decisions = [Decision(A, B, "left")]
    assert left_out(decisions, {B}) == {}
    assert left_out(decisions, {A, B}) == {B: A}


def test_over_one_that_is_gone_the_first_is_kept_for_the_last():
    decisions = [Decision(A, B, "left"), Decision(B, C, "left")]
    assert left_out(decisions, {A, C}) == {C: A}
    assert left_out(decisions, {B, C}) == {C: B}


def test_one_file_twice_leaves_nothing_out(tmp_path):
    decisions = read_decisions(written(tmp_path, line("a", "a", "left"), line("a", "a", "both")))
    assert left_out(decisions, {A}) == {}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["{"], "line 1 is no JSON"),
        (["", "[1]"], "line 2 is no object"),
        ([{"left": "x", "right": A, "keep": "left"}], "line 1: left is 'x'"),
        ([{"left": A, "keep": "left"}], "line 1: right is None"),
        ([line("a", "b", "all")], "line 1: keep is 'all'"),
        ([line("a", "b", "left"), line("a", "b", "right")], "line 2 drops .*against line 1"),
        ([line("a", "b", "left"), line("b", "a", "both")], "line 2 keeps both, against line 1"),
        ([line("a", "b", "both"), line("b", "a", "left")], "line 2 drops .*against line 1"),
        (
            [line("a", "b", "left"), line("b", "c", "left"), line("c", "a", "left")],
            "line 3 .*against lines 1, 2",
        ),
        ([line("a", "c", "both"), line("a", "b", "left"), line("b", "c", "left")], "line 3 .*against line 1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, lines, told):
    with pytest.raises(ValueError, match=told):
        read_decisions(written(tmp_path, *lines))


def test_no_text_is_refused(tmp_path):
    file = tmp_path / "d"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="no text"):
        read_decisions(file)
