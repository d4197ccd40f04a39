"""Every route, every verb, every role: the table of routes.py, asked of the application itself."""

import pytest
from django.urls import get_resolver

from pipeline.web import owned
from pipeline.web.models import Account
from tests.pipeline.web.security.routes import ROLES, lines
from tests.pipeline.web.security.world import BEYOND, NAMES, WORDS

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LINES = lines()
pytestmark = pytest.mark.django_db
ANY = "*"  # a line for all verbs


def routes(patterns=None, before=""):
    """Every route of the application, out of its own router."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


ROUTES = sorted(set(routes()))


def asked(world, verb, route, role, **options):
    """Status, content and place of an answer; what the request did is taken back."""
    with world.taken_back():
        response = world.ask(world.client(role, **options), verb, route, role)
        whole = b"" if getattr(response, "is_async", False) else response.getvalue()
        response.close()
    return response.status_code, whole.decode("latin-1"), response.headers.get("Location", "")


@pytest.mark.parametrize("table", [LINES], ids=[f"{len(LINES)} lines, {len(ROUTES)} routes"])
def test_each_route_has_a_line_and_each_line_a_route(table):
    assert sorted({route for _, route, _ in table}) == ROUTES
    assert len({(verb, route) for verb, route, _ in table}) == len(table)


@pytest.mark.parametrize(("verb", "route", "expected"), LINES, ids=[f"{v} /{r}" for v, r, _ in LINES])
def test_line(world, verb, route, expected):
    for one in VERBS if verb == ANY else (verb,):
        check_line(world, one, route, expected)


def check_line(world, verb, route, expected):
    told = {role: asked(world, verb, route, role) for role in ROLES}
    assert {role: status for role, (status, _, _) in told.items()} == expected, told
    for role, (status, content, place) in told.items():
        if role == "nobody" and status == 302 and route not in ("login", "signup", "logout"):
            assert place.startswith("/login")
        if role != "owner" and not (route == "login" and verb == "POST"):
            assert not [word for word in hidden_from(role) if word in content], (role, content)


def hidden_from(role):
    """Words of the owner's that must not stand in an answer to a role."""
    if role not in ("guest", "beyond"):
        return (*NAMES, *WORDS, "IMG_")
    return (*NAMES[BEYOND:], *WORDS[BEYOND:], "IMG_")


VERBS_OF = {route: {verb for verb, one, _ in LINES if one == route} for route in ROUTES}
ONE_BY_ONE = [route for route in ROUTES if ANY not in VERBS_OF[route]]


@pytest.mark.parametrize("route", ONE_BY_ONE, ids="/{}".format)
def test_verbs_without_a_line_are_refused(world, route):
    for verb in VERBS:
        if verb not in VERBS_OF[route]:
            assert asked(world, verb, route, "owner")[0] == 405, verb
            assert asked(world, verb, route, "nobody")[0] in (405, 302, 401), verb


UNSAFE = [(verb, route) for verb, route, _ in LINES if verb not in ("GET", "HEAD", ANY)]


@pytest.mark.parametrize(("verb", "route"), UNSAFE, ids=[f"{verb} /{route}" for verb, route in UNSAFE])
def test_without_the_token_against_forged_requests_nothing_is_done(world, verb, route):
    before = Account.objects.values_list("password", flat=True)[0]
    for role in ("owner", "admin", "nobody"):
        status = asked(world, verb, route, role, enforce_csrf_checks=True)[0]
        assert status == 403 or (role == "nobody" and status == 401), role
    assert Account.objects.values_list("password", flat=True)[0] == before


def test_what_is_seen_of_others_is_asked_in_one_place():
    """A table without an owner in ``owned`` could be shown without anybody asking whose it is."""
    from django.apps import apps

    free = {"Account", "Site", "LoginAttempt", "Heartbeat"}
    tables = {table for table in apps.get_app_config("web").get_models() if table.__name__ not in free}
    assert tables == set(owned.OWNERS)
