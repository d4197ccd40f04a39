"""Signing up, logging in, and a new password."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from pipeline.web import texts
from pipeline.web.accounts import first, limits
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Library, Session, Site


def sign_up(name: str, password: str, token: str = "") -> Account:
    """Makes an account: the first by the token that ``serve`` prints, others while registration is open.

    Raises Refused with the reason.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Refused(texts.WRONG_NAME)
    with transaction.atomic():
        row = Site.objects.select_for_update().get(pk=first.site().pk)
        is_first = not Account.objects.exists()
        if is_first and not first.is_token(token):
            raise Refused(texts.WRONG_TOKEN)
        if not is_first and not row.registration:
            raise Refused(texts.CLOSED)
        account = Account(name=name, is_admin=is_first)
        set_password(account, password)
        try:
            with transaction.atomic():
                account.save()
        except IntegrityError:
            raise Refused(texts.NAME_TAKEN) from None
        Library.objects.create(owner=account)
        row.first_token = ""
        row.save(update_fields=["first_token"])
    return account


def sign_up_or_in(request: HttpRequest, name: str, password: str, token: str = "") -> Account:
    """Makes an account, or logs into the one that the same form has just made.

    So ends a second click, or a form that is sent anew after its answer was lost; the name would be taken, or
    nobody could sign up any longer. Whoever has another password learns no more than that, and it counts as a
    failed login. Raises Refused.
    """
    try:
        return sign_up(name, password, token)
    except Refused as refused:
        if str(refused) not in (texts.CLOSED, texts.NAME_TAKEN):
            raise
        try:
            return log_in(request, " ".join(name.split()), password)
        except Refused:
            raise refused from None


def log_in(request: HttpRequest, name: str, password: str) -> Account:
    """The account of this name and password.

    A wrong name takes the time of a wrong password, and has the same answer. Raises Refused.
    """
    address = request.META.get("REMOTE_ADDR", "")
    name = name.replace("\0", "")  # which PostgreSQL takes in no text
    if limits.too_many(name, address):
        raise Refused(texts.TOO_MANY_LOGINS)
    account = authenticate(request, username=name[:80], password=password[:1000])
    if account is None:
        limits.failed(name, address)
        raise Refused(texts.WRONG_LOGIN)
    limits.succeeded(name)
    return account


def new_password(account: Account, old: str, new: str) -> None:
    """Sets another password, and ends all sessions of the account. Raises Refused."""
    if not account.check_password(old[:1000]):
        raise Refused(texts.WRONG_PASSWORD)
    set_password(account, new)
    with transaction.atomic():
        account.save(update_fields=["password"])
        Session.objects.filter(account=account).delete()


def set_password(account: Account, password: str) -> None:
    """Gives an account, which is not saved, a password; raises Refused for one that is easily guessed."""
    if len(password) > 1000:
        raise Refused(texts.LONG_PASSWORD)
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    account.set_password(password)
