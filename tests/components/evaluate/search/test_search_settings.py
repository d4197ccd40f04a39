"""What may be searched: names and numbers that there are."""

from dataclasses import replace

import pytest

from components.evaluate.search.settings import SelectionSettings, largest_n_clusters, n_clusters_range


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clusterers": ("kmodes",)}, "Unknown clusterer 'kmodes'"),
        ({"clusterers": ()}, "No clusterer to try"),
        ({"n_clusters": 0}, "n_clusters: expected"),
        ({"n_clusters": "many"}, "n_clusters: expected"),
        ({"n_clusters": (5, 2)}, "n_clusters: expected"),
        ({"n_clusters": True}, "n_clusters: expected"),
        ({"covariance_types": ("round",)}, "Unknown covariance type 'round'"),
        ({"criterion": "gap"}, "Unknown criterion 'gap'"),
        ({"reduction": "isomap"}, "Unknown reduction 'isomap'"),
        ({"choose_among": "some"}, "Unknown choose_among 'some'"),
        ({"covariance_types": (), "clusterers": ("gmm",)}, "No clusterer to try"),
    ],
)
def test_wrong_settings_are_errors(change, words):
    with pytest.raises(ValueError, match=words):
        replace(SelectionSettings(), **change)


def test_default_range_grows_with_the_faces():
    assert [largest_n_clusters(n) for n in (2, 20, 330, 1300, 20_000)] == [2, 4, 55, 109, 425]
    assert n_clusters_range("auto", 20_000, 1000) == (1, 200)
