"""Server-sent events: what an account's open pages hear of, from the number on that they heard last."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from pipeline.web.events import events_after, last_number
from pipeline.web.models import Account
from pipeline.web.pages.parts import whole

PAUSE = 1.0  # seconds between two looks
LONGEST = 600.0  # seconds: then the browser comes again by itself


@require_GET
async def events(request: HttpRequest) -> HttpResponse:
    """The stream ``text/event-stream``; ``Last-Event-ID`` says what was heard before."""
    account = await request.auser()
    if not account.is_authenticated:
        return HttpResponse(status=401)
    heard = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    started = whole(heard) if heard.isdigit() else await sync_to_async(last_number)(account)
    response = StreamingHttpResponse(_stream(account, started), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"
    return response


async def _stream(account: Account, number: int) -> AsyncIterator[bytes]:
    waited = 0.0
    yield f"retry: 2000\nid: {number}\nevent: hello\ndata: {{}}\n\n".encode()
    while waited < LONGEST:
        found = await sync_to_async(events_after)(account, number)
        for event in found:
            number = event.pk
            yield f"id: {number}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n".encode()
        if not found and waited % 15 < PAUSE:
            yield b": still here\n\n"
        await asyncio.sleep(PAUSE)
        waited += PAUSE
