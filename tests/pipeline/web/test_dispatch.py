"""How requests reach views: in a few threads, bodies and answers whole, streams beside them."""

import asyncio
import threading
from pathlib import Path

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from pipeline.web.dispatch import THREADS, Dispatch

SEEN = []
GATE = threading.Barrier(2, timeout=20)


def told(request):
    SEEN.append(threading.current_thread().name)
    return HttpResponse(f"{request.method} {request.path} {len(request.body)}")


def met(request):
    GATE.wait()
    return HttpResponse("met")


async def _counted():
    for number in range(3):
        yield f"{number} ".encode()


def counted(request):
    return StreamingHttpResponse(_counted())


def file(request):
    """As WhiteNoise gives a script or a style."""
    SEEN.append(threading.current_thread().name)
    return FileResponse(open(__file__, "rb"), content_type="text/x-python")


async def endless(request):
    SEEN.append(threading.current_thread().name)
    return HttpResponse("stream")


urlpatterns = [
    path("told", told),
    path("met", met),
    path("counted", counted),
    path("file", file),
    path("endless", endless),
]


async def ask(application, where, body=b"", kind="http"):
    """Status and body of an answer; the body is sent in two pieces."""
    half = len(body) // 2
    coming = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:]},
    ]
    sent = []

    async def receive():
        if coming:
            return coming.pop(0)
        await asyncio.Event().wait()  # the browser stays

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "method": "POST" if body else "GET", "path": where, "query_string": b""}
    scope |= {"headers": [(b"host", b"testserver")], "client": ("127.0.0.1", 1), "scheme": "http"}
    scope |= {"server": ("testserver", 80), "root_path": "", "http_version": "1.1"}
    await application(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture
def application():
    SEEN.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["pipeline.web.headers.private_answers"]):
        yield Dispatch(streams=frozenset({"/endless"}))


def test_a_body_reaches_its_view_whole_in_one_of_the_threads(application):
    assert asyncio.run(ask(application, "/told", b"x" * 70_001)) == (200, b"POST /told 70001")
    assert SEEN[0].startswith("view")


@pytest.mark.filterwarnings("error")
def test_a_file_is_read_in_a_thread_and_not_by_the_loop(application):
    told = asyncio.run(ask(application, "/file"))
    assert told == (200, Path(__file__).read_bytes())
    assert SEEN[0].startswith("view")


def test_two_views_run_at_once(application):
    async def both():
        return await asyncio.gather(ask(application, "/met"), ask(application, "/met"))

    assert asyncio.run(both()) == [(200, b"met")] * 2


def test_many_requests_take_no_more_threads_than_there_are(application):
    async def many():
        return await asyncio.gather(*(ask(application, "/told") for _ in range(5 * THREADS)))

    assert asyncio.run(many()) == [(200, b"GET /told 0")] * (5 * THREADS)
    assert len(set(SEEN)) <= THREADS


def test_an_answer_in_pieces_comes_whole(application):
    assert asyncio.run(ask(application, "/counted")) == (200, b"0 1 2 ")


def test_a_stream_runs_in_the_loop(application):
    assert asyncio.run(ask(application, "/endless")) == (200, b"stream")
    assert [threading.current_thread().name] == SEEN


def test_what_is_no_request_is_refused(application):
    with pytest.raises(ValueError, match="received websocket"):
        asyncio.run(ask(application, "/told", kind="websocket"))


def test_somebody_who_leaves_while_sending_is_not_answered(application):
    async def leave():
        async def receive():
            return {"type": "http.disconnect"}

        sent = []
        await application({"type": "http", "path": "/told"}, receive, sent.append)
        return sent

    assert asyncio.run(leave()) == []
    assert SEEN == []
