"""Whether the faces are enough for what the settings ask of the search, known before anything is trained."""

from __future__ import annotations

import math

from components.evaluate.figures.quality import n_founders
from components.evaluate.search.criteria import ELBOW
from components.evaluate.search.settings import (
    SelectionSettings,
    finds_number,
    kinds_of,
    n_clusters_range,
)
from models.clustering.clusterers import CLUSTERERS
from schemas.settings import wrong

N_FOLDS = 5  # of a cross-validation, or as many as there are rows
ELBOW_NUMBERS = 3  # an elbow needs two neighbours
FEWEST = {"umap": 4, "tsne": 20}  # rows by reduction; of 20 there are two principal axes


def rows_of_a_fold(n: int) -> int:
    """The fewest rows that a fold leaves to fit on, of n."""
    return n - math.ceil(n / min(N_FOLDS, n)) if n else 0


def require_rows(settings: SelectionSettings, n_train: int) -> None:
    """Raises ValueError, one line, if no candidate of the search can be fitted on so many train faces.

    It asks what depends on the number of faces alone. What depends on their embeddings, such as how many of
    them differ, is only known later.
    """
    n = n_founders(n_train, settings.founders)
    rows = f"{n} of {n_train} train faces" if n < n_train else f"{n} train faces"
    least = FEWEST.get(settings.reduction, 0)
    if n < least:
        raise too_few(settings, "reduction", f"another, which does with {rows}, or at least {least} of them")
    kinds = kinds_of(settings)
    most = [CLUSTERERS[name].most_rows for name, _ in kinds]
    if all(limit is not None and n > limit for limit in most):
        limit = max(filter(None, most))
        expected = f"one for {rows}, as hdbscan or kmeans; these take at most {limit}"
        raise too_few(settings, "clusterers", expected)
    searched = min(n, settings.grid_rows)
    fold = rows_of_a_fold(searched)
    low, high = n_clusters_range(settings.n_clusters, n, searched)
    told = f"{rows}, of which a fold of {N_FOLDS} leaves {fold} of {searched} to fit on"
    if settings.criterion == ELBOW and min(high, fold) - low + 1 < ELBOW_NUMBERS:
        expected = f"another: an elbow takes {ELBOW_NUMBERS} numbers of clusters, and there are {told}"
        raise too_few(settings, "criterion", expected)
    if low > fold and not any(map(finds_number, kinds)):
        raise too_few(settings, "n_clusters", f"at most {fold}: there are {told}")


def too_few(settings: SelectionSettings, name: str, expected: str) -> ValueError:
    """The error of a setting that the faces are too few or too many for."""
    return wrong(type(settings), name, getattr(settings, name), expected)
