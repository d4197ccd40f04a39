"""``/healthz``: whether the database has all tables and a worker lives."""

from __future__ import annotations

from datetime import timedelta

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pipeline.web.models import Heartbeat

FRESH = timedelta(seconds=30)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 where all is well, else 503; it tells nothing of what is stored."""
    told = {"database": False, "schema": False, "worker": False}
    try:
        executor = MigrationExecutor(connection)
        told["database"] = True
        told["schema"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        told["worker"] = Heartbeat.objects.filter(at__gt=timezone.now() - FRESH).exists()
    except Error:
        pass
    return JsonResponse(told, status=200 if all(told.values()) else 503)
