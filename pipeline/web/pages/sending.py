"""A file as an answer that is sent in pieces, without holding it in memory, by an ASGI server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse

SMALL = 2**20  # bytes that are read at once: pieces cost more than they save
PIECE = 2**18


def sent(file: Path, content_type: str, save_as: str = "") -> HttpResponseBase:
    """The file; with ``save_as`` a browser saves it under that name and never shows it. Raises Http404."""
    try:
        size = file.stat().st_size
        answer: HttpResponseBase
        if size <= SMALL:
            answer = HttpResponse(file.read_bytes(), content_type=content_type)
        else:
            answer = StreamingHttpResponse(_pieces(file), content_type=content_type)
    except FileNotFoundError:
        raise Http404("No such file.") from None
    answer["Content-Length"] = str(size)
    if save_as:
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(save_as, safe='')}"
    return answer


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with open(file, "rb") as stream:
        while piece := await sync_to_async(stream.read, thread_sensitive=False)(PIECE):
            yield piece
