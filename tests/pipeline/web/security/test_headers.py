"""What every answer says to the browser: of scripts, frames, types, and of who may keep it."""

import asyncio

import pytest
from django.conf import settings
from django.test import Client

from pipeline.web.body_limit import TOLD, limited
from tests.pipeline.web.security.routes import lines

pytestmark = pytest.mark.django_db
ASKED = sorted({route for verb, route, _ in lines() if verb == "GET"})
OWN = {"'none'", "'self'", "blob:"}  # blob: is a picture that the page itself holds


def check_headers(response):
    told = response.headers
    policy = {line.split()[0]: line.split()[1:] for line in told["Content-Security-Policy"].split(";")}
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == policy["script-src"] == policy["style-src"] == ["'self'"]
    assert {source for sources in policy.values() for source in sources} <= OWN
    assert "blob:" not in [
        source for name, sources in policy.items() if name != "img-src" for source in sources
    ]
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "DENY"
    assert told["Referrer-Policy"] == "same-origin"
    assert told["Cross-Origin-Opener-Policy"] == told["Cross-Origin-Resource-Policy"] == "same-origin"
    for cookie in response.cookies.values():
        assert cookie["samesite"] == "Lax"
        assert cookie["httponly"] or cookie.key == settings.CSRF_COOKIE_NAME  # which scripts send back
    kept = told["Cache-Control"]
    assert "no-store" in kept or "private" in kept, kept


@pytest.mark.parametrize("route", ASKED, ids="/{}".format)
def test_every_answer_has_its_headers(world, route):
    for role in ("owner", "admin", "nobody"):
        with world.taken_back():
            response = world.ask(world.client(role), "GET", route, role)
        check_headers(response)
        if route.startswith("files/") and role == "owner":
            assert response.headers["Content-Type"] == "image/jpeg"
            saved = response.headers.get("Content-Disposition", "").startswith("attachment")
            assert saved == route.endswith("original")
        response.close()


def test_refusals_have_them_too(world):
    owner = world.client("owner")
    assert owner.get("/").status_code == 200
    answers = {
        400: owner.get("/", HTTP_HOST="evil.example"),
        403: world.client("owner", enforce_csrf_checks=True).post("/logout"),
        404: owner.get("/nothing/here"),
        405: owner.put("/"),
    }
    for status, response in answers.items():
        assert response.status_code == status
        check_headers(response)


def test_static_files_have_them_and_may_be_kept(world):
    response = Client().get("/static/facefold/main.js")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == f"max-age={settings.WHITENOISE_MAX_AGE}, public"
    response.headers["Cache-Control"] = "private"
    check_headers(response)
    response.close()


@pytest.mark.parametrize("route", [route for route in ASKED if "<" not in route], ids="/{}".format)
def test_only_names_of_this_server_are_answered(world, route):
    for host in (
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "testserver@evil.example",
    ):
        assert world.client("owner").get(f"/{route}", HTTP_HOST=host).status_code == 400
        forwarded = world.client("owner").get(f"/{route}", HTTP_X_FORWARDED_HOST=host)
        assert forwarded.status_code != 400
        assert host not in forwarded.headers.get("Location", "")


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_a_login_leads_to_no_other_server(world, next_page):
    with world.taken_back():
        response = Client().post("/login", {**world.body("POST", "login", "owner")[1], "next": next_page})
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def run(application, body, headers=()):
    """What an ASGI application sends for a body in pieces."""
    sent, pieces = [], list(body)

    async def receive():
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/x", "headers": list(headers)}
    asyncio.run(application(scope, receive, send))
    return sent, len(pieces)


async def reader(scope, receive, send):
    """Reads a whole body, as Django does, and tells its length."""
    length = 0
    while True:
        message = await receive()
        length += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def test_a_body_is_read_to_its_limit_and_not_a_byte_further():
    application = limited(reader, lambda path: 100)
    assert run(application, [b"x" * 50, b"x" * 50])[0][1]["body"] == b"100"
    sent, unread = run(application, [b"x" * 50, b"x" * 51, b"x" * 10**6])
    assert [sent[0]["status"], sent[1]["body"], len(sent), unread] == [413, TOLD, 2, 1]
    sent, unread = run(application, [b"x"], [(b"content-length", b"101")])
    assert [sent[0]["status"], unread] == [413, 1]
