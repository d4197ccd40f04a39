"""Who else may look at a person or a photo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pipeline.web.edits.change import changing
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Person, Photo, Share
from pipeline.web.owned import one

Answer = dict[str, Any]


def share(
    account: Account, key: str, guest: str, thing: tuple[type[Person] | type[Photo], UUID], may_comment: bool
) -> Answer:
    """Shows a person or a photo, (its table, its id), to the account of exactly this name.

    Shared twice, it is the same share, with the later ``may_comment``. Raises Http404, and Refused for an
    account that is not there, and for one's own.
    """
    table, name = thing
    with changing(account, "share", key, [guest, table.__name__, name, may_comment]) as change:
        if change.answer is None:
            found = Account.objects.filter(name=guest, is_active=True).first()
            if found is None:
                raise Refused(f"Nobody is called {guest!r} here. Expected the exact name of an account.")
            if found.pk == account.pk:
                raise Refused("It is yours already. Expected the name of somebody else.")
            row = one(account, table, name)
            of = {"person" if table is Person else "photo": row}
            made, _ = Share.objects.update_or_create(
                owner=account, guest=found, **of, defaults={"may_comment": may_comment}
            )
            change.summary = f"Shared a {table.__name__.lower()}."
            change.answer = {"share": str(made.uuid)}
    return change.answer


def revoke(account: Account, key: str, uuid: UUID) -> Answer:
    """Takes a share back: its guest sees nothing of it from then on."""
    with changing(account, "share", key, ["revoke", uuid]) as change:
        if change.answer is None:
            one(account, Share, uuid).delete()
            change.summary = "Took a share back."
            change.answer = {"share": str(uuid)}
    return change.answer
