"""Logging in: how often, by what answer, with what session; the first account; passwords; the proxy."""

import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

from pipeline.web import texts
from pipeline.web.accounts import limits, signing
from pipeline.web.accounts.first import new_token, site
from pipeline.web.models import Account, LoginAttempt, Session
from pipeline.web.passwords import Argon2id
from tests.pipeline.web.databases import DATABASES, database
from tests.pipeline.web.programs import printed
from tests.pipeline.web.security.world import PASSWORD, hashed

pytestmark = pytest.mark.django_db
WRONG = "a wrong password of words"
HIDDEN = re.compile(r'(?:value|content)="[^"]{64}"')  # the token against forged requests, each time another


def account(name="Anna", **fields):
    return Account.objects.create(name=name, password=hashed(), **fields)


def enter(name="Anna", password=PASSWORD, client=None, **headers):
    return (client or Client()).post("/login", {"name": name, "password": password}, **headers)


@pytest.fixture
def work(monkeypatch):
    """How often a password was hashed: each takes 19 MiB and the same time."""
    calls = []
    for name in ("encode", "verify"):
        kept = getattr(Argon2id, name)
        monkeypatch.setattr(
            Argon2id, name, lambda *args, kept=kept, **more: calls.append(1) or kept(*args, **more)
        )
    return calls


@pytest.mark.parametrize("state", ["here", "not active", "nobody", "without a password", "with a NUL"])
def test_a_wrong_name_has_the_answer_and_the_work_of_a_wrong_password(db, work, state):
    account("Other")
    if state not in ("nobody", "with a NUL"):
        made = account(is_active=state != "not active")
        if state == "without a password":
            made.set_unusable_password()
            made.save()
    told = []
    for name in ("Other", "Anna" if state != "with a NUL" else "An\0na"):
        work.clear()
        response = enter(name, WRONG)
        told.append((response.status_code, HIDDEN.sub("", response.text), len(work)))
    assert told[0] == told[1]
    assert told[0][0::2] == (422, 1)
    assert texts.WRONG_LOGIN in told[0][1]


def test_who_is_not_active_does_not_enter_by_the_right_password(db):
    account(is_active=False)
    assert enter().status_code == 422


def test_too_many_wrong_passwords_for_a_name_close_it_for_a_while(db, work, monkeypatch):
    account()
    for number in range(limits.BY_NAME):
        assert (
            texts.WRONG_LOGIN
            in enter("aNNa" if number % 2 else "Anna", WRONG, REMOTE_ADDR=f"10.0.0.{number}").text
        )
    work.clear()
    response = enter(REMOTE_ADDR="10.9.9.9")
    assert (response.status_code, work) == (422, [])
    assert texts.TOO_MANY_LOGINS in response.text
    LoginAttempt.objects.update(at=LoginAttempt.objects.first().at - limits.SPAN)
    assert enter(REMOTE_ADDR="10.9.9.9").status_code == 302
    assert not LoginAttempt.objects.exists()


def test_too_many_wrong_names_from_an_address_close_it_to_that_address(db, monkeypatch):
    account()
    monkeypatch.setattr(signing, "authenticate", lambda *args, **more: None)
    for number in range(limits.BY_ADDRESS):
        assert texts.WRONG_LOGIN in enter(f"Name {number}", WRONG, REMOTE_ADDR="10.0.0.1").text
    monkeypatch.undo()
    assert texts.TOO_MANY_LOGINS in enter(REMOTE_ADDR="10.0.0.1").text
    assert enter(REMOTE_ADDR="10.0.0.2").status_code == 302


@pytest.mark.parametrize(("proxy", "closed"), [("", False), ("10.0.0.1", True), ("10.0.0.2", False)])
def test_a_visitors_address_is_taken_from_the_named_proxy_alone(db, monkeypatch, proxy, closed):
    """Whoever could choose the address that is counted would have as many tries as addresses."""
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, proxy=proxy))
    account()
    told = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.5, 198.51.100.7"}
    enter("Nobody", WRONG, **told)
    expected = "198.51.100.7" if closed else "10.0.0.1"
    assert LoginAttempt.objects.get().address == expected


def test_a_login_begins_a_new_session(db):
    account()
    client = Client()
    session = client.session  # as somebody else could have put it into the browser
    session["planted"] = "before"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = before = session.session_key
    assert enter(client=client).status_code == 302
    after = client.cookies[settings.SESSION_COOKIE_NAME]
    assert after.value != before
    assert after["httponly"]
    assert not Session.objects.filter(session_key=before).exists()
    assert client.get("/").status_code == 200


def test_a_logout_ends_the_session_on_the_server_too(db):
    account()
    client = Client()
    enter(client=client)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/logout")
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.get("/").status_code == 302


def test_a_new_password_ends_every_session_but_begins_one(db):
    account()
    here, there = Client(), Client()
    for client in (here, there):
        enter(client=client)
    old = here.cookies[settings.SESSION_COOKIE_NAME].value
    wrong = here.post("/account/password", {"old": WRONG, "password": "another of those words"})
    assert (wrong.status_code, there.get("/").status_code) == (302, 200)
    assert enter(password="another of those words").status_code == 422
    here.post("/account/password", {"old": PASSWORD, "password": "another of those words"})
    assert [client.get("/").status_code for client in (here, there)] == [200, 302]
    here.cookies[settings.SESSION_COOKIE_NAME] = old
    assert here.get("/").status_code == 302
    assert enter().status_code == 422
    assert enter(password="another of those words").status_code == 302


@pytest.mark.parametrize(
    "password", ["", "short", "1234567890", "password123", "Annabella-Maria", "x" * 1001]
)
def test_passwords_that_are_easily_guessed_are_refused(db, password):
    row = site()
    row.registration = True
    row.save()
    account("Other")
    response = Client().post("/signup", {"name": "Annabella-Maria", "password": password})
    assert response.status_code == 422
    assert Account.objects.count() == 1


def test_the_first_account_is_made_by_its_token_alone_and_once(db):
    token = new_token()
    form = {"name": "Anna", "password": PASSWORD}
    for wrong in ("", "x", token[:-1], site().first_token):
        assert texts.WRONG_TOKEN in Client().post("/signup", {**form, "token": wrong}).text
    assert Client().post("/signup", {**form, "token": token}).status_code == 302
    assert Account.objects.get().is_admin
    assert new_token() is None
    again = Client().post("/signup", {**form, "name": "Bea", "token": token})
    assert texts.CLOSED in again.text
    row = site()
    row.registration = True
    row.save()
    assert Client().post("/signup", {**form, "name": "Bea", "token": token}).status_code == 302
    assert not Account.objects.get(name="Bea").is_admin
    others = {**form, "name": "bEA", "password": "another of those words"}
    assert texts.NAME_TAKEN in Client().post("/signup", others).text


@pytest.mark.parametrize("registration", [True, False])
def test_the_same_form_sent_twice_makes_one_account_and_enters_it(db, registration):
    """A second click, or an answer that was lost on its way: it is no mistake of whoever signs up."""
    row = site()
    row.registration = True
    row.save()
    account("Other")
    form = {"name": "Bea  Lund", "password": PASSWORD}
    assert Client().post("/signup", form).status_code == 302
    row.registration = registration
    row.save()
    again = Client()
    assert again.post("/signup", form).status_code == 302
    assert again.get("/").status_code == 200
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Bea Lund", "Other"]


def test_signing_up_is_no_other_way_to_try_passwords(db):
    account("Anna")
    for _ in range(limits.BY_NAME):
        answer = Client().post("/signup", {"name": "Anna", "password": "another of those words"})
        assert texts.CLOSED in answer.text
    right = {"name": "Anna", "password": PASSWORD}
    assert texts.CLOSED in Client().post("/signup", right).text
    assert texts.TOO_MANY_LOGINS in Client().post("/login", right).text


@pytest.mark.parametrize("name", ["", " ", "a\0b", "a\nb", "\u202ebus", "x" * 81])
def test_names_that_deceive_are_refused(db, name):
    row = site()
    row.registration = True
    row.save()
    account("Other")
    response = Client().post("/signup", {"name": name, "password": PASSWORD})
    assert response.status_code == (302 if name == "a\nb" else 422)  # a line's end is a space, as in "a b"


RACE = """
import threading
from django.db import connection
from pipeline.web.accounts import signing
from pipeline.web.accounts.first import new_token
from pipeline.web.models import Account, Session
signing.set_password = lambda account, password: None
def sign_up(name, token, start):
    start.wait()
    try:
        signing.sign_up(name, "x", token)
    except signing.Refused as refused:
        told.append(str(refused))
    connection.close()
for number in range(15):
    Account.objects.all().delete()
    told, token, start = [], new_token(), threading.Barrier(4)
    threads = [threading.Thread(target=sign_up, args=(f"N{one}", token, start)) for one in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(Account.objects.count(), Account.objects.filter(is_admin=True).count(), len(told))
"""


@pytest.mark.parametrize("name", DATABASES)
def test_of_four_first_accounts_at_once_one_is_made(tmp_path, name):
    with database(name) as address:
        rows = printed(RACE, data=str(tmp_path), database=address)
    assert rows == ["1 1 3"] * 15


TLS = """
from django.test import Client
from pipeline.web.accounts.first import new_token
form = {"name": "Anna", "password": "a long password of words", "token": new_token()}
told = {"HTTP_HOST": "photos.example", "REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
client = Client()
print(client.post("/signup", form, **{**told, "HTTP_ORIGIN": "https://photos.example"}).status_code)
print(*sorted((c.key, bool(c["secure"]), c["samesite"]) for c in client.cookies.values()))
page = client.get("/login", **told)
print(page.headers.get("Strict-Transport-Security"), page.cookies["csrftoken"]["secure"])
other = client.get("/login", **{**told, "REMOTE_ADDR": "10.0.0.2"})
print(other.headers.get("Strict-Transport-Security"))
strict = Client(enforce_csrf_checks=True)
strict.get("/login", **told)
token = strict.cookies["csrftoken"].value
for origin in ("https://photos.example", "http://photos.example", "https://evil.example"):
    form = {"name": "Anna", "password": "a long password of words", "csrfmiddlewaretoken": token}
    print(strict.post("/login", form, **told, HTTP_ORIGIN=origin).status_code)
    token = strict.cookies["csrftoken"].value
"""


def test_behind_tls_cookies_are_secure_and_only_the_proxy_says_so(tmp_path):
    rows = printed(TLS, data=str(tmp_path), tls=True, proxy="10.0.0.1", hosts=("photos.example",))
    year = "max-age=31536000"
    assert rows == [
        "302",
        "('csrftoken', True, 'Lax') ('sessionid', True, 'Lax')",
        f"{year} True",
        "None",
        "302",
        "403",
        "403",
    ]
