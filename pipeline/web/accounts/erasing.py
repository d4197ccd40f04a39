"""Erases an account with everything that it has."""

from __future__ import annotations

from django.db import transaction

from pipeline.web import storage, texts
from pipeline.web.accounts.limits import succeeded
from pipeline.web.jobs.kinds.erase import remove_files
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Comment, Edit, Face, Item, Job, Library, Photo
from pipeline.web.traces import overwrite


def erase_account(account: Account, password: str) -> None:
    """Erases an account's rows and files at once: what was answered with 200 is gone.

    Raises Refused for a wrong password, and for the only administrator while there are other accounts.
    """
    if not account.check_password(password[:1000]):
        raise Refused(texts.WRONG_PASSWORD)
    with transaction.atomic():
        Library.objects.select_for_update().get_or_create(owner=account)
        others = Account.objects.exclude(pk=account.pk)
        if account.is_admin and others.exists() and not others.filter(is_admin=True).exists():
            raise Refused(texts.ONLY_ADMIN)
        photos = list(Photo.objects.select_for_update().filter(owner=account).values("uuid", "file"))
        faces = [str(one) for one in Face.objects.filter(owner=account).values_list("uuid", flat=True)]
        items = Item.objects.filter(batch__owner=account).exclude(file="").values_list("file", flat=True)
        parts = list(items)
        jobs = list(Job.objects.filter(owner=account).values("uuid", "kind", "payload"))
        Edit.objects.filter(owner=account).update(undone_by=None)
        Comment.objects.filter(author=account).delete()
        account.delete()
        succeeded(account.name)  # its name stands among failed logins too
    remove_files([{name: str(value) for name, value in photo.items()} for photo in photos], faces)
    for name in parts:
        storage.remove("incoming", name)
    for job in jobs:
        if job["kind"] == "export":
            storage.remove("export", job["uuid"])
        elif isinstance(job["payload"].get("file"), str):
            storage.remove("search" if job["kind"] == "search" else "sidecar", job["payload"]["file"])
    overwrite()
