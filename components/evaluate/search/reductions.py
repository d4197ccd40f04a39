"""The spaces that can be clustered in, by name. This module imports no scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.entry import Entry

MAX_DIMENSION = 64  # of the clusterer's space, unless said otherwise


@dataclass(frozen=True)
class ReductionEntry:
    """A way to the clusterer's space: with principal axes or not, and perhaps a manifold after them.

    ``centred``: the mean of the embeddings is subtracted.
    ``manifold`` is a function of points (n, m), the most dimensions and the random state. It returns what it
    fitted, which has a ``transform``, and the points there. No served graph can hold it.
    ``extra``: the extra of facefold that installs what it needs, and ``needs`` the packages in that extra.
    """

    axes: bool = True
    centred: bool = True
    manifold: Entry | None = None
    extra: str = ""
    needs: tuple[str, ...] = ()


REDUCTIONS = {
    "pca": ReductionEntry(),
    "none": ReductionEntry(axes=False),
    "uncentred": ReductionEntry(axes=False, centred=False),
    "umap": ReductionEntry(
        manifold=Entry("components.evaluate.search.reduction:fit_umap"), extra="umap", needs=("umap",)
    ),
    "tsne": ReductionEntry(manifold=Entry("components.evaluate.search.reduction:fit_tsne")),
}
