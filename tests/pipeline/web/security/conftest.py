"""One library for all requests of a file; each request's doings are taken back."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import transaction

from pipeline.web.accounts import erasing
from tests.pipeline.web.security.world import UPLOAD, World


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("allowed")
    (folder / "a.jpg").write_bytes(UPLOAD)
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings, "PLACE", replace(settings.PLACE, allow_folders=(str(folder),)))
        # A database file is not written anew within a transaction; test_traces.py does it for good.
        patched.setattr(erasing, "overwrite", lambda: None)
        made = World()
        made.folder = str(folder)
        yield made
        transaction.set_rollback(True)
