"""How many people each distance would make, as the slider of another grouping shows them."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from pipeline.web.jobs import queue
from pipeline.web.library.grouping import check_clusterer
from pipeline.web.models import Account, Embedding, Job, Library
from pipeline.web.owned import owned


def levels_of(account: Account, clusterer: str, space: str) -> dict[str, Any]:
    """The levels that the worker last found of these faces, else none and the job that finds them.

    "" is the library's own clusterer, or space. Raises Refused for an unknown clusterer, and one that is not
    made for so many faces.
    """
    library = owned(account, Library).first() or Library()
    named, clusterer = space or library.space, clusterer or library.clusterer
    rows = owned(account, Embedding).filter(space=named)
    check_clusterer(clusterer, rows.count(), None)
    newest = rows.aggregate(last=Max("id"))["last"] or 0
    if newest == 0:
        return {"levels": [], "job": None}
    payload = {"space": named, "clusterer": clusterer, "newest": newest}
    for job in owned(account, Job).filter(kind="levels").order_by("-id")[:50]:
        if job.payload == payload and job.state != "failed":
            return {"levels": job.result.get("levels", []), "job": None if job.state == "done" else job.uuid}
    made = queue.add(account, "levels", payload, once=True)
    return {"levels": [], "job": made.uuid}
