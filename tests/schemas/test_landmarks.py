from schemas.landmarks import GROUPS, MIRRORED, N_POINTS


def test_mirroring_twice_changes_nothing():
    assert sorted(MIRRORED) == list(range(N_POINTS))
    assert [MIRRORED[MIRRORED[i]] for i in range(N_POINTS)] == list(range(N_POINTS))


def test_groups_follow_each_other_and_a_mirror_keeps_them():
    spans = list(GROUPS.values())
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == N_POINTS
    for start, end in spans:
        assert {MIRRORED[i] for i in range(start, end)} == set(range(start, end))
