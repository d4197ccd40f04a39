"""What may be searched: names and numbers that there are."""

import pytest

from components.evaluate.search.settings import SelectionSettings, largest_n_clusters, n_clusters_range


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clusterers": ("kmodes",)}, "clusterers=kmodes is not possible. Expected some of: kmeans"),
        ({"clusterers": ()}, "Expected some of: kmeans"),
        ({"n_clusters": 0}, "auto, a number of at least 1"),
        ({"n_clusters": "many"}, "auto, a number of at least 1"),
        ({"n_clusters": (5, 2)}, "auto, a number of at least 1"),
        ({"n_clusters": True}, "n_clusters=true is not possible"),
        ({"covariance_types": ("round",)}, "Expected some of: full, tied"),
        ({"criterion": "gap"}, "Expected one of: cv_log_likelihood"),
        ({"reduction": "isomap"}, "Expected one of: pca"),
        ({"choose_among": "some"}, "Expected one of: shared_covariance, all"),
        ({"covariance_types": (), "clusterers": ("gmm",)}, "Expected some of: full, tied"),
    ],
)
def test_wrong_settings_are_errors(change, words):
    with pytest.raises(ValueError, match=words):
        SelectionSettings().changed(**change)


def test_default_range_grows_with_the_faces():
    assert [largest_n_clusters(n) for n in (2, 20, 330, 1300, 20_000)] == [2, 4, 55, 109, 425]
    assert n_clusters_range("auto", 20_000, 1000) == (1, 200)


def test_a_number_or_a_range_of_numbers():
    ranges = {
        asked: n_clusters_range(SelectionSettings(n_clusters=asked).n_clusters, 99, 99)
        for asked in (7, (2, 9), "3-8")
    }
    assert ranges == {7: (7, 7), (2, 9): (2, 9), "3-8": (3, 8)}
