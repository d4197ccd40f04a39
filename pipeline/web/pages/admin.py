"""The administrator's page: accounts and their sizes, registration, jobs, disk; never a photo or a name."""

from __future__ import annotations

import shutil
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from pipeline.web import room
from pipeline.web.models import Account, Face, Heartbeat, Job, Photo, Site
from pipeline.web.pages.frame import page, shown


def accounts() -> list[dict[str, Any]]:
    """All accounts with the sizes of what they hold, the oldest first: three queries for all of them."""
    photos = Photo.objects.order_by().values("owner").annotate(n=Count("id"), bytes=Sum("size"))
    held = {row["owner"]: row for row in photos}
    faces = dict(Face.objects.order_by().values_list("owner").annotate(n=Count("id")))
    rows = Account.objects.order_by("id").values(
        "id", "name", "is_admin", "is_active", "created", "last_login"
    )
    return [
        {
            **row,
            "photos": held.get(row["id"], {}).get("n", 0),
            "bytes": held.get(row["id"], {}).get("bytes") or 0,
            "faces": faces.get(row["id"], 0),
        }
        for row in rows
    ]


def jobs() -> list[dict[str, Any]]:
    """How many jobs of each kind wait, run, are done or failed."""
    rows = Job.objects.order_by("kind").values_list("kind", "state").annotate(n=Count("id"))
    kinds: dict[str, dict[str, Any]] = {}
    for kind, state, n in rows:
        kinds.setdefault(kind, {"kind": kind, "waiting": 0, "running": 0, "done": 0, "failed": 0})[state] = n
    return list(kinds.values())


@page
def admin(request: HttpRequest) -> HttpResponse:
    """Who is here, and whether the machine keeps up; for administrators."""
    _only_admins(request.user)
    beat = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    disk = shutil.disk_usage(settings.PLACE.folder)
    site = Site.objects.first()
    return shown(
        request,
        "admin.html",
        "admin",
        accounts=accounts(),
        jobs=jobs(),
        disk=disk,
        full=room.told() if disk.free < room.RESERVE else "",
        beat=beat,
        silent=beat is None or (timezone.now() - beat).total_seconds() > 60,
        registration=bool(site and site.registration),
    )


@require_POST
@login_required
def registration(request: HttpRequest) -> HttpResponse:
    """Lets others sign up, or no longer; for administrators."""
    _only_admins(request.user)
    Site.objects.update_or_create(pk=1, defaults={"registration": request.POST.get("open") == "yes"})
    return redirect("/admin")


def _only_admins(account: Account) -> None:
    if not account.is_admin:
        raise Http404("No such thing.")
