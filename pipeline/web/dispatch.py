"""How requests are answered: views in a few threads that keep their connection to the database.

Django's own handler for ASGI gives each request a thread, and so a connection, of its own, and every
middleware a turn of its own in it. Here a request takes one turn in one of THREADS threads. Bodies come in
and answers go out in the event loop, so that somebody slow holds no thread. Streams that stay open run in the
loop, and share one thread for what they ask the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

THREADS = 8
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = TypeVar("Answer")


class Dispatch(ASGIHandler):
    """The application for an ASGI server; the views at the paths ``streams`` are asynchronous."""

    def __init__(self, streams: frozenset[str]) -> None:
        self._streams = streams
        self._in_loop = ASGIHandler()
        self._threads = ThreadPoolExecutor(THREADS, "view")
        self.load_middleware(is_async=False)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request; raises ValueError for what is none, as a web socket."""
        if scope["type"] != "http":
            raise ValueError(f"Expected a request over HTTP, received {scope['type']}.")
        # Not called but handled: without a context of its own a stream takes asgiref's one thread.
        answering = self._in_loop if scope["path"] in self._streams else self
        await answering.handle(scope, receive, send)

    async def handle(self, scope: Message, receive: Receive, send: Send) -> None:
        """Reads a request, lets a thread answer it, and sends the answer."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            response = await self._in_thread(self._answer, scope, body)
            try:
                await self.send_response(response, send)
            finally:
                if response.streaming:
                    await self._in_thread(response.close)

    async def _in_thread(self, call: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    def _answer(self, scope: Message, body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, wrong = self.create_request(scope, body)
        response: HttpResponseBase = wrong if request is None else self.get_response(request)
        if response.streaming and not response.is_async:
            response = _read_out(response)
        response._handler_class = self.__class__
        if not response.streaming:  # it is whole: nothing of it needs the request any more
            response.close()
        return response


def _read_out(response: StreamingHttpResponse) -> HttpResponse:
    """A script or a style, which WhiteNoise gives as a stream that only a thread can read, whole."""
    content = b"".join(response)
    response.close()
    return HttpResponse(content, status=response.status_code, headers=dict(response.headers))
