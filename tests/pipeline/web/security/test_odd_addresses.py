"""Addresses of pages with anything in them: no page ends as an error of the server."""

import itertools

import pytest

pytestmark = pytest.mark.django_db
PAGES = {
    "": ("after", "n", "q", "kind"),
    "people/{person}": ("after", "n", "order", "view"),
    "people/{person}/split": ("job", "way", "parts"),
    "unknown": ("after", "state", "order"),
    "group": ("grouping",),
    "photos": ("after", "from", "to", "person", "search"),
    "login": ("next",),
}
ODD = (
    *(
        "\0",
        "\ud7ff\0",
        "'\"><script>",
        "-1",
        "0",
        "1e400",
        "nan",
        "inf",
        "²",
        "9" * 30,
        "x" * 2000,
        "%s",
        "{{7*7}}",
        "..",
        "~",
        "~~",
    ),
    *(
        "2021-02-31",
        "2021-02-31T00:00:00Z~1",
        "2021-01-01T00:00:00~5",
        "0001-01-01T00:00:00+23:59~5",
        "9999-12-31",
        "9999-12-31T23:59:59-23:59~7",
    ),
    *(
        "nan~5",
        "inf~5",
        "-inf~5",
        "1e400~7",
        "abc~12",
        "~9",
        f"5~{'9' * 18}",
        f"{'9' * 40}~3",
        f"{'9' * 18}~4",
    ),
)


@pytest.mark.parametrize("page", PAGES, ids="/{}".format)
def test_anything_may_stand_in_an_address(world, page):
    client = world.client("owner")
    path = "/" + page.format(person=world.planted.people[0].uuid)
    for field, odd in itertools.product(PAGES[page], ODD):
        response = client.get(path, {field: odd, "order": "newest"} if field == "after" else {field: odd})
        assert response.status_code in (200, 302, 404, 422), (field, odd)
        assert b"'\"><script>" not in response.content


@pytest.mark.parametrize("heard", ["²", "-5", "9" * 30, "x", "1.5", ""])
def test_a_stream_begins_after_any_number(world, heard):
    response = world.client("owner").get("/api/events", headers={"Last-Event-ID": heard})
    assert response.status_code == 200
    response.close()


@pytest.mark.parametrize("name", ["\0", "An\0na", "x" * 5000, "²", "\ud7ff"])
def test_anybody_may_be_called_anything_at_the_login(world, name):
    with world.taken_back():
        response = world.client("nobody").post("/login", {"name": name, "password": "\0" + name})
    assert response.status_code == 422
