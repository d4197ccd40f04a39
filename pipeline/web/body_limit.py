"""How many bytes a request may bring: more are refused before any of them is kept.

Django writes the whole body of a request into a temporary file before a view, or even a login, is asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Limit = Callable[[str], int]  # bytes by the path of a request

FORM = 2**20  # bytes around a photo in a form
TOLD = b'{"detail": "More bytes came than this address takes."}'


def largest(path: str) -> int:
    """The most bytes that a request for this path of the application may bring."""
    from django.conf import settings

    from pipeline.web.uploads.pieces import LARGEST, LARGEST_PIECE

    if path == "/api/search":
        return LARGEST + FORM
    if path.startswith("/api/batches/") and "/items/" in path:
        return LARGEST_PIECE
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def limited(application: Application, limit: Limit) -> Application:
    """The application, which never sees more bytes of a request than ``limit`` says: those get 413."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        left = limit(scope["path"])
        if _told_length(scope) > left:
            await _refuse(send)
            return
        refused = False

        async def counted() -> Message:
            nonlocal left, refused
            message = await receive()
            left -= len(message.get("body", b""))
            if left >= 0 or refused:
                return message
            refused = True
            await _refuse(send)
            return {"type": "http.disconnect"}

        async def unless_refused(message: Message) -> None:
            if not refused:
                await send(message)

        await application(scope, counted, unless_refused)

    return answer


def _told_length(scope: Message) -> int:
    """What Content-Length says; 0 where nothing is said, and for what is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:18])
    return 0


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(TOLD)).encode()),
        (b"connection", b"close"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": TOLD})
