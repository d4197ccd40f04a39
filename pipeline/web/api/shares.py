"""What is shared with others, and what others share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from pipeline.web.api.bodies import Shared
from pipeline.web.api.items import named
from pipeline.web.api.keys import After, Key, Limit, page
from pipeline.web.library import shares
from pipeline.web.library.refused import Refused
from pipeline.web.models import Person, Photo
from pipeline.web.owned import shared_by_or_with

router = Router()


@router.get("shares")
def list_shares(request: HttpRequest, after: After = None, limit: Limit = 60) -> Any:
    """The account's shares, given and got, the newest first."""
    rows = shared_by_or_with(request.auth).select_related("owner", "guest", "person", "photo")
    found, more = page(rows, [("id", True)], after, limit)
    items = []
    for share in found:
        given = share.owner_id == request.auth.pk
        items.append(
            {
                "id": share.uuid,
                "given": given,
                "account": share.guest.name if given else share.owner.name,
                "person": named(share.person),
                "photo": share.photo.uuid if share.photo else None,
                "may_comment": share.may_comment,
                "at": share.at,
            }
        )
    return {"items": items, "next": more}


@router.post("shares")
def share_thing(request: HttpRequest, body: Shared, key: Key) -> Any:
    """Shares a person or a photo with the account of exactly this name."""
    if body.person is not None and body.photo is None:
        return shares.share(request.auth, key, body.account, (Person, body.person), body.may_comment)
    if body.photo is not None and body.person is None:
        return shares.share(request.auth, key, body.account, (Photo, body.photo), body.may_comment)
    raise Refused("What is to be shared is not clear. Expected either person or photo.")


@router.delete("shares/{uuid:share}")
def revoke_share(request: HttpRequest, share: UUID, key: Key) -> Any:
    """Takes a share back."""
    return shares.revoke(request.auth, key, share)
