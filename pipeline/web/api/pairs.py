"""Questions: are these two faces one person's?"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from pipeline.web.api.bodies import PairAnswer
from pipeline.web.api.items import face_item
from pipeline.web.api.keys import Key
from pipeline.web.library import pairs

router = Router()


@router.get("pairs")
def list_pairs(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Any:
    """Pairs of faces to ask about, those whose answer settles most faces first."""
    found = pairs.questions(request.auth, limit)
    items = [{**one, "first": face_item(one["first"]), "second": face_item(one["second"])} for one in found]
    return {"items": items, "next": None}


@router.post("pairs")
def answer_pair(request: HttpRequest, body: PairAnswer, key: Key) -> Any:
    """Yes merges the two people, or moves the face that is with nobody; no and skip are not asked again."""
    return pairs.answer(request.auth, key, body.first, body.second, body.same)
