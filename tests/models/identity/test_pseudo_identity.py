import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage

from models.clustering.rows import unit_rows
from models.identity import pseudo_identity
from models.identity.pseudo_identity import (
    FEWEST_GROUPS,
    HALVES,
    VIEWS,
    judge_of,
    learn,
    mean_cosine_tree,
    near_strangers,
    pairs_within,
    shuffled,
    sure_groups,
    sure_members,
    upper,
    whitened_within,
)

PEOPLE, OF_EACH, DIMENSION, NUISANCES = 60, 6, 200, 60


def faces(seed=0):
    """People in 200 white dimensions, of which 60 tell nothing of who it is: (n, d) and who it is."""
    generator = np.random.default_rng(seed)
    who = np.repeat(np.arange(PEOPLE), OF_EACH)
    people = generator.standard_normal((PEOPLE, DIMENSION))[who]
    other = generator.standard_normal((len(who), DIMENSION))
    share = np.where(np.arange(DIMENSION) < NUISANCES, 0.0, 0.8)
    order = generator.permutation(len(who))
    return (np.sqrt(share) * people + np.sqrt(1 - share) * other)[order].astype(np.float32), who[order]


def margin(x, who):
    """How far the least alike pair of one person lies above two people's mean, in deviations of these."""
    similar = unit_rows(x) @ unit_rows(x).T
    upper = np.triu_indices(len(x), 1)
    same = (who[:, None] == who)[upper]
    values = similar[upper]
    return (values[same].min() - values[~same].mean()) / values[~same].std()


def test_a_round_finds_what_varies_within_people():
    x, who = faces()
    found = learn(x, rounds=2)
    assert found.rounds[0].kept
    assert found.rounds[0].after > found.rounds[0].before
    assert found.maps.shape == (3, DIMENSION, DIMENSION)
    assert margin(x @ found.maps[-1], who) > 1.5 * margin(x, who)
    weights = np.diag(found.maps[1])
    assert weights[:NUISANCES].max() < weights[NUISANCES:].min()


def test_the_first_map_changes_nothing():
    x, _ = faces()
    np.testing.assert_array_equal(learn(x, rounds=1).maps[0], np.eye(DIMENSION))


def test_a_round_no_better_than_groups_drawn_at_random_is_undone_and_says_so(monkeypatch):
    monkeypatch.setattr(pseudo_identity, "shuffled", lambda labels, sure, generator: labels)
    found = learn(faces()[0], rounds=3)
    assert [one.kept for one in found.rounds] == [False]
    assert found.rounds[0].after == found.rounds[0].before
    assert found.rounds[0].before > 0.5  # there was something to judge
    np.testing.assert_array_equal(found.maps, np.tile(np.eye(DIMENSION), (4, 1, 1)))
    assert found.facts()[-1]["kept"] is False


def test_strangers_teach_nothing():
    strangers = np.random.default_rng(0).standard_normal((300, DIMENSION))
    found = learn(strangers, rounds=3)
    assert [one.kept for one in found.rounds] == [False]
    np.testing.assert_array_equal(found.maps[-1], np.eye(DIMENSION))


def test_what_is_learnt_from_one_half_is_judged_on_the_other(monkeypatch):
    learnt, judged = [], []
    whitened, cosine = pseudo_identity.whitened_within, pseudo_identity.cosines
    monkeypatch.setattr(
        pseudo_identity,
        "whitened_within",
        lambda x, labels, chosen: learnt.append(set(np.flatnonzero(chosen))) or whitened(x, labels, chosen),
    )
    monkeypatch.setattr(
        pseudo_identity,
        "cosines",
        lambda unit, pairs: judged.append(set(pairs.ravel())) or cosine(unit, pairs),
    )
    x, who = faces()
    judge = judge_of(x, who, np.arange(len(x)), np.random.default_rng(0))
    judged.clear()
    assert judge.score(who, np.ones(len(x), bool)) > 0.5
    assert len(learnt) == VIEWS * HALVES
    assert len(judged) == 2 * len(learnt)  # pairs of one group, and of near strangers
    for faces_learnt, same, near in zip(learnt, judged[::2], judged[1::2], strict=True):
        assert faces_learnt
        assert not faces_learnt & (same | near)
    assert set.union(*learnt) == set(range(len(x)))


def test_the_tree_is_that_of_all_distances():
    unit = unit_rows(faces()[0][:80])
    distances = np.maximum(1 - unit @ unit.T, 0)
    np.testing.assert_array_equal(upper(distances), distances[np.triu_indices(80, 1)])
    expected = linkage(distances[np.triu_indices(80, 1)], "average")
    np.testing.assert_array_equal(mean_cosine_tree(unit), expected)


def test_too_few_groups_teach_nothing():
    x, who = faces()
    few = x[who < FEWEST_GROUPS - 1]
    found = learn(few, rounds=2)
    assert [one.kept for one in found.rounds] == [False]
    np.testing.assert_array_equal(found.maps[-1], np.eye(DIMENSION))


def test_the_same_faces_and_seed_give_the_same_bytes():
    x, _ = faces()
    assert learn(x, random_state=3).maps.tobytes() == learn(x, random_state=3).maps.tobytes()


def test_two_faces_of_one_photo_are_no_sure_group():
    unit = unit_rows(np.repeat(np.eye(3), 3, axis=0) + 0.01)
    labels = np.repeat(np.arange(3), 3)
    photos = np.array([0, 1, 1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(sure_members(unit, labels, photos, 0.5), [False] * 3 + [True] * 6)


def test_who_is_unlike_the_others_of_a_group_is_not_sure():
    unit = unit_rows(np.array([[1, 0], [1, 0.1], [1, -0.1], [-1, 0.5]], float))
    sure = sure_members(unit, np.zeros(4, int), np.arange(4), 0.2)
    np.testing.assert_array_equal(sure, [True, True, True, False])


def test_pairs_within_are_of_chosen_faces_of_one_group():
    labels = np.array([0, 1, 0, 1, 0, 2])
    pairs = pairs_within(labels, np.array([True, True, True, True, False, True]))
    assert {tuple(sorted(pair)) for pair in pairs.T.tolist()} == {(0, 2), (1, 3)}


def test_shuffled_groups_keep_their_sizes():
    labels = np.repeat(np.arange(5), 4)
    chosen = labels < 4
    out = shuffled(labels, chosen, np.random.default_rng(0))
    np.testing.assert_array_equal(np.bincount(out), np.bincount(labels))
    np.testing.assert_array_equal(out[~chosen], labels[~chosen])
    assert (out != labels).any()


def test_photos_of_another_number_are_refused():
    with pytest.raises(ValueError, match="the photo of each of 360 faces"):
        learn(faces()[0], photos=[1, 2])


def test_near_strangers_are_of_two_groups_and_between_two_heights(monkeypatch):
    """Strangers' cosines are told as 0 give or take 0.2: near are those above 0.3 and below 0.5."""
    monkeypatch.setattr(pseudo_identity, "strangers", lambda unit, generator: (0.0, 0.2))
    cosines = np.array([1.0, 0.29, 0.31, 0.49, 0.51, 0.4])
    unit = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
    labels = np.array([0, 1, 2, 3, 4, 0])  # the last is of the first one's group
    pairs = near_strangers(unit, labels, np.random.default_rng(0))
    with_first = {tuple(sorted(pair)) for pair in pairs.T.tolist() if 0 in pair}
    assert with_first == {(0, 2), (0, 3)}
    assert pairs.shape[1] == pseudo_identity.PAIRS


def test_of_a_large_group_about_fifty_pairs_are_kept():
    labels = np.repeat([0, 1], [20, 3])  # 190 pairs, and 3
    pairs = pairs_within(labels, np.ones(23, bool))
    of_large = {tuple(pair) for pair in pairs.T.tolist() if pair[0] < 20}
    assert len(of_large) == 48  # every fourth: 1 + 190 // 50
    assert {tuple(pair) for pair in pairs.T.tolist() if pair[0] >= 20} == {(20, 21), (20, 22), (21, 22)}
    assert pairs_within(labels, np.zeros(23, bool)).shape == (2, 0)


def test_the_cut_lies_three_and_a_half_deviations_above_strangers(monkeypatch):
    monkeypatch.setattr(pseudo_identity, "strangers", lambda unit, generator: (0.1, 0.2))
    angles = np.array([0.0, 0.3, 2.0, 2.3])
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    cut, labels, sure = sure_groups(unit, np.arange(4), np.random.default_rng(0))
    assert cut == pytest.approx(0.8)  # cos 0.3 is 0.96
    assert labels.min() == 0
    assert labels[0] == labels[1] != labels[2] == labels[3]
    assert sure.all()


def test_sure_is_who_is_at_least_as_like_as_the_cut_and_never_alone():
    unit = np.array([[1, 0], [0.5, np.sqrt(0.75)], [1, 0], [0, 1]], np.float32)
    labels = np.array([0, 0, 1, 1])
    np.testing.assert_array_equal(sure_members(unit, labels, np.arange(4), 0.5), [True, True, False, False])
    np.testing.assert_array_equal(sure_members(unit, labels, np.arange(4), 0.51), [False] * 4)
    alone = sure_members(unit[[0, 0, 1]], np.array([0, 0, 1]), np.arange(3), -1.0)
    np.testing.assert_array_equal(alone, [True, True, False])
    # Two of three are alike: the third leaves them, for they are two. Of two who are not, nobody stays.
    three = unit_rows(np.array([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0]]))
    assert sure_members(three, np.zeros(3, int), np.arange(3), -0.01).sum() == 2
    assert sure_members(three, np.zeros(3, int), np.array([4, 4, 5]), -1.0).sum() == 0


def test_within_groups_all_directions_weigh_alike_after_the_map():
    """Differences of (2, 0) and (0, 1) within two groups: sums of squares 2 and 0.5, 4 - 2 degrees."""
    x = np.array([[5, 0], [7, 0], [-3, 1], [-3, 2], [100, 100]], np.float32)
    found = whitened_within(x, np.array([0, 0, 1, 1, 2]), np.array([True] * 4 + [False]))
    within = np.array([2 / 2, 0.5 / 2])
    expected = 1 / np.sqrt(0.8 * within + 0.2 * within.mean())
    np.testing.assert_allclose(found, np.diag(expected), atol=1e-6)
    copies = whitened_within(x[[0, 0, 1, 1]], np.array([0, 0, 1, 1]), np.ones(4, bool))
    np.testing.assert_array_equal(copies, np.eye(2))  # nothing differs: nothing to undo


def test_groups_of_copies_teach_nothing():
    """The same picture under other metadata: the covariance within groups is 0, and its inverse was NaN."""
    strangers = np.random.default_rng(0).standard_normal((60, DIMENSION))
    found = learn(np.concatenate([strangers, strangers[:30]]), rounds=2)
    assert found.rounds[0].n_sure == 30
    assert [one.kept for one in found.rounds] == [False]
    np.testing.assert_array_equal(found.maps[-1], np.eye(DIMENSION))


def test_a_judge_without_pairs_or_without_anything_to_learn_has_no_score():
    x, who = faces()
    judge = judge_of(x, who, np.arange(len(x)), np.random.default_rng(0))
    everyone = np.ones(len(x), bool)
    assert judge.score(who, everyone) is not None
    assert judge.score(who, ~everyone) is None
    assert judge.score(np.arange(len(x)), everyone) is None  # groups of one
    nothing = tuple(pairs[:, :0] for pairs in judge.same)
    assert pseudo_identity.Judge(judge.x, judge.halves, nothing, judge.near).score(who, everyone) is None
    assert pseudo_identity.Judge(judge.x, judge.halves, judge.same, nothing).score(who, everyone) is None


def test_the_judge_counts_how_often_a_pair_of_one_person_is_more_alike():
    """Two axes a view; without anything within groups the map is a multiple of the identity."""
    x, who = faces()
    judge = judge_of(x, who, np.arange(len(x)), np.random.default_rng(0))
    sure = np.ones(len(x), bool)
    shares = []
    for view in range(VIEWS):
        for half in range(HALVES):
            here = x[:, view::VIEWS]
            unit = unit_rows(here @ whitened_within(here, who, judge.halves != half))
            same, near = (
                [unit[a] @ unit[b] for a, b in pairs[view].T if judge.halves[a] == judge.halves[b] == half]
                for pairs in (judge.same, judge.near)
            )
            shares.append((np.array(same)[:, None] > np.array(near)[None]).mean())
    assert judge.score(who, sure) == pytest.approx(np.mean(shares), abs=1e-3)
