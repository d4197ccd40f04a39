"""Requests that nobody thought of, made from the API's own description: none may end as an error of the server."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

pytestmark = pytest.mark.django_db
TOKEN = "a" * 32
KNOWN: list[str] = []  # UUIDs of rows that there are: a request with others ends soon


@pytest.fixture(scope="module")
def signed_in(world):
    """Cookies of the owner's browser, and rows to ask for."""
    KNOWN[:] = [str(row.uuid) for row in world.rows()]
    client = world.client("owner")
    return {"sessionid": client.cookies["sessionid"].value, "csrftoken": TOKEN}


@pytest.fixture(scope="module")
def description(world):
    known = st.integers(0, 10**6).map(lambda number: KNOWN[number % len(KNOWN)])
    schemathesis.openapi.format("uuid", st.one_of(known, known, known, st.uuids().map(str)))
    made = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    made.config.generation.update(with_security_parameters=False)  # else each had a session of nobody
    return made


def asked(world, description, cookies, mode, examples):
    """Asks for every operation with ``examples`` requests of a mode; how many there were, by their status."""
    counts: dict[int, int] = {}
    wrong = []
    rows = world.named()

    def check(case):
        for name, value in (case.path_parameters or {}).items():
            if value in KNOWN and name in rows:  # a row of the sort that the address asks for
                case.path_parameters[name] = rows[name]
        with world.taken_back():
            headers = {**dict(case.headers or {}), "X-CSRFToken": TOKEN}
            response = case.call(headers=headers, cookies=cookies)
        counts[response.status_code] = counts.get(response.status_code, 0) + 1
        if response.status_code >= 500:
            wrong.append((case.as_curl_command(), response.text[-300:]))
        assert response.status_code < 500

    sort = settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for found in description.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or any(operation.iter_parameters())):
            continue
        try:
            sort(given(case=operation.as_strategy(generation_mode=mode))(check))()
        except AssertionError:  # the others are asked too; what went wrong is told at the end
            continue
        except Unsatisfiable:  # nothing that it takes can be wrong
            continue
    assert not wrong, wrong
    assert not counts.get(401, 0)
    assert counts.get(200, 0) > (examples if mode is GenerationMode.POSITIVE else 0), counts
    return counts


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_no_request_ends_as_an_error_of_the_server(world, description, signed_in, mode, record_property):
    counts = asked(world, description, signed_in, mode, 8)
    record_property("requests", counts)
    assert sum(counts.values()) > 200


@pytest.mark.slow_web
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_none_of_many_requests_ends_so(world, description, signed_in, mode, capsys):
    counts = asked(world, description, signed_in, mode, 200)
    with capsys.disabled():
        import sys

        sys.stdout.write(f"\n{mode.value}: {sum(counts.values())} requests, by status {counts}\n")
