"""How requests are answered: views in a few threads that keep their connection to the database.

Django's own handler for ASGI gives each request a thread, and so a connection, of its own, and every
middleware a turn of its own in it. Here a request takes one turn in one of THREADS threads. Bodies come in
and answers go out in the event loop, so that somebody slow holds no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase
from django.urls import set_script_prefix

THREADS = 8
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = TypeVar("Answer")

_threads = ThreadPoolExecutor(THREADS, "view")


async def in_thread(call: Callable[..., Answer], *arguments: Any) -> Answer:
    """Calls a function in one of the threads that views run in, and keep their connections in."""
    return await asyncio.get_running_loop().run_in_executor(_threads, call, *arguments)


class Dispatch(ASGIHandler):
    """The application for an ASGI server; the views at ``asynchronous`` paths run in the event loop."""

    def __init__(self, asynchronous: frozenset[str]) -> None:
        self._asynchronous = asynchronous
        self._in_loop = ASGIHandler()
        self.load_middleware(is_async=False)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "http" and scope["path"] in self._asynchronous:
            await self._in_loop(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def handle(self, scope: Message, receive: Receive, send: Send) -> None:
        """Reads a request, lets a thread answer it, and sends the answer."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            response = await in_thread(self._answer, scope, body)
            try:
                await self.send_response(response, send)
            finally:
                if response.streaming:
                    await in_thread(response.close)

    def _answer(self, scope: Message, body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, wrong = self.create_request(scope, body)
        response: HttpResponseBase = wrong if request is None else self.get_response(request)
        response._handler_class = self.__class__
        if not response.streaming:  # it is whole: nothing of it needs the request any more
            response.close()
        return response
