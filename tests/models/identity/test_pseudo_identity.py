import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage

from models.clustering.rows import unit_rows
from models.identity import pseudo_identity
from models.identity.pseudo_identity import HALVES, VIEWS, judge_of, learn, teach
from models.identity.sure_groups import mean_cosine_tree, upper
from models.identity.within_class import whitened_within

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
    found = learn(x, rounds=1)
    np.testing.assert_array_equal(found.maps[0], np.eye(DIMENSION))
    assert [one.number for one in found.rounds] == [1]


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
    assert len(learnt) == VIEWS * HALVES == 4
    assert len(judged) == 2 * len(learnt)  # pairs of one group, and of near strangers
    for faces_learnt, same, near in zip(learnt, judged[::2], judged[1::2], strict=True):
        assert faces_learnt
        assert not faces_learnt & (same | near)
    assert set.union(*learnt) == set(range(len(x)))


def test_the_tree_is_that_of_all_distances():
    unit = unit_rows(faces()[0][:80])
    distances = np.maximum(1 - (unit @ unit.T).astype(float), 0)
    np.testing.assert_array_equal(upper(distances), distances[np.triu_indices(80, 1)])
    expected = linkage(distances[np.triu_indices(80, 1)], "average")
    np.testing.assert_array_equal(mean_cosine_tree(unit @ unit.T), expected)


def test_too_few_groups_teach_nothing():
    x, who = faces()
    found = learn(x[who < 3])
    assert [(one.kept, one.after) for one in found.rounds] == [(False, None)]
    np.testing.assert_array_equal(found.maps, np.tile(np.eye(DIMENSION), (2, 1, 1)))  # one round at most


@pytest.mark.parametrize(
    ("of_each", "enough"),
    [((6, 6, 6), False), ((6, 6, 6, 6), True), ((2, 2, 2, 3), False), ((2, 2, 3, 3), True)],
)
def test_four_groups_of_two_and_a_half_faces_and_more_teach(of_each, enough):
    labels = np.concatenate([np.repeat(np.arange(len(of_each)), of_each), [7, 8, 9]])
    assert teach(labels, labels < 7) is enough


def test_what_is_too_little_is_neither_looked_at_again_nor_judged(monkeypatch):
    x, who = faces()
    monkeypatch.setattr(pseudo_identity, "sure_groups", lambda *_: (0.5, who, who < 3))
    for never in ("sure_groups_by", "judge_of"):
        monkeypatch.delattr(pseudo_identity, never)
    (first,) = learn(x).rounds
    assert (first.cut, first.n_groups, first.n_sure, first.n_faces) == (0.5, PEOPLE, 3, 3 * OF_EACH)
    assert not first.kept


def test_the_second_look_has_to_be_enough_too(monkeypatch):
    x, who = faces()
    monkeypatch.setattr(pseudo_identity, "sure_groups_by", lambda *_: (0.4, who, who < 3))
    (first,) = learn(x).rounds
    assert (first.cut, first.n_sure, first.kept, first.after) == (0.4, 3, False, None)


def test_each_round_looks_again_by_likenesses_that_the_last_groups_teach(monkeypatch):
    taught_by, given = [], []
    fitted, grouped = pseudo_identity.cross_fitted, pseudo_identity.sure_groups_by
    monkeypatch.setattr(
        pseudo_identity,
        "cross_fitted",
        lambda x, labels, *rest: taught_by.append(labels) or fitted(x, labels, *rest),
    )

    def grouped_and_noted(alike, *rest):
        given.append(grouped(alike, *rest))
        return given[-1]

    monkeypatch.setattr(pseudo_identity, "sure_groups_by", grouped_and_noted)
    scores = iter((0.5, 0.6, 0.7))  # of groups drawn at random, and of each round
    monkeypatch.setattr(pseudo_identity.Judge, "score", lambda *_: next(scores))
    x, _ = faces()
    found = learn(x, rounds=2)
    assert [one.kept for one in found.rounds] == [True, True]
    assert len(taught_by) == len(given) == 2
    np.testing.assert_array_equal(taught_by[1], given[0][1])
    np.testing.assert_array_equal(found.maps[2], whitened_within(x, *given[1][1:]))


def test_the_same_faces_and_seed_give_the_same_bytes():
    x, _ = faces()
    assert learn(x, random_state=3).maps.tobytes() == learn(x, random_state=3).maps.tobytes()


def test_photos_of_another_number_are_refused():
    with pytest.raises(ValueError, match="the photo of each of 360 faces"):
        learn(faces()[0], photos=[1, 2])


def test_groups_of_copies_teach_nothing():
    """The same picture under other metadata: the covariance within groups is 0, and its inverse was NaN."""
    strangers = np.random.default_rng(0).standard_normal((60, DIMENSION))
    found = learn(np.concatenate([strangers, strangers[:30], strangers[:30]]), rounds=2)
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


def test_one_pair_of_one_person_is_something_to_learn_from():
    """Two pairs, one in each half: what is learnt from one is judged on the other."""
    x = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)
    labels, halves = np.array([0, 0, 1, 1, 2, 3, 4, 5]), np.array([0, 0, 1, 1, 0, 0, 1, 1])
    same, near = (np.array([[a, c], [b, d]]) for a, b, c, d in ((0, 1, 2, 3), (4, 5, 6, 7)))
    judge = pseudo_identity.Judge(x, halves, (same, same), (near, near))
    assert judge.score(labels, labels < 2) is not None


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
