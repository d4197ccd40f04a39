"""Files that no row tells of go once they are old; all others stay."""

import os
import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline.web import storage
from pipeline.web.jobs import queue
from pipeline.web.jobs.tidy import AGES, tidy
from pipeline.web.models import Batch, Face, Grouping, GroupingRow, Item, Photo

pytestmark = pytest.mark.django_db


def names_with_rows(account):
    """For each kind of file the name that a row tells of."""
    photo = Photo.objects.create(owner=account, sha256="1" * 64, name="x", size=1, file=storage.new_name())
    face = Face.objects.create(owner=account, photo=photo, box=[0, 0, 9, 9])
    batch = Batch.objects.create(owner=account)
    item = Item.objects.create(batch=batch, number=0, name="x", size=9, mtime=0, file=storage.new_name())
    search, sidecar = storage.new_name(), storage.new_name()
    queue.add(account, "search", {"file": search})
    queue.add(account, "names", {"file": sidecar})
    export = queue.add(account, "export", {"kind": "csv"})
    return {
        "incoming": item.file,
        "original": photo.file,
        "preview": photo.uuid,
        "thumb": photo.uuid,
        "face": face.uuid,
        "search": search,
        "sidecar": sidecar,
        "export": export.uuid,
    }


def nameless(kind):
    return uuid.uuid4() if kind in ("preview", "thumb", "face", "export") else storage.new_name()


@pytest.mark.parametrize("old", [True, False])
def test_only_old_files_without_a_row_are_removed(account, old):
    kept = names_with_rows(account)
    assert set(kept) == set(AGES) == set(storage.FOLDERS)
    lost = {kind: nameless(kind) for kind in kept}
    for names in (kept, lost):
        for kind, name in names.items():
            file = storage.write(kind, name, b"x")
            then = time.time() - (2 * AGES[kind] if old else 0)
            os.utime(file, (then, then))
    tidy()
    assert all(storage.file_of(kind, name).exists() for kind, name in kept.items())
    assert all(storage.file_of(kind, name).exists() != old for kind, name in lost.items())


@pytest.mark.parametrize(
    ("state", "days", "rows"), [("proposed", 6, 1), ("proposed", 8, 0), ("applied", 8, 0), ("applied", 6, 1)]
)
def test_old_proposals_and_rows_of_what_is_gone_are_dropped(account, state, days, rows):
    photo = Photo.objects.create(owner=account, sha256="2" * 64, name="x", size=1, file=storage.new_name())
    face = Face.objects.create(owner=account, photo=photo, box=[0, 0, 9, 9])
    grouping = Grouping.objects.create(owner=account, space="s", clusterer="people", state=state)
    Grouping.objects.update(created=timezone.now() - timedelta(days=days))
    GroupingRow.objects.create(grouping=grouping, face=face, number=0)
    GroupingRow.objects.create(grouping=grouping, face_id=face.pk + 1, number=0)
    GroupingRow.objects.create(grouping=grouping, face=face, person_id=12345)
    tidy()
    assert GroupingRow.objects.filter(face=face, person=None).count() == GroupingRow.objects.count() == rows
