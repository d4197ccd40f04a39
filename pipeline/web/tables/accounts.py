"""Accounts, their sessions, and what concerns all of them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import CASCADE
from django.db.models.functions import Lower

from pipeline.web.tables.names import uuid_field


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by their name, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of this name."""
        return self.get(name__iexact=username)


class Account(AbstractBaseUser):
    """Somebody who sorts photos here; Django's user."""

    uuid = uuid_field()
    name = models.CharField(max_length=80)
    is_admin = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    USERNAME_FIELD = "name"
    objects = AccountManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="one_account_a_name")]


class Session(AbstractBaseSession):
    """A browser that is logged in."""

    account = models.ForeignKey(Account, CASCADE, null=True, related_name="sessions")
    agent = models.CharField(max_length=200, default="")
    created = models.DateTimeField(auto_now_add=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that these rows are of."""
        from pipeline.web.sessions import SessionStore

        return SessionStore


class Site(models.Model):
    """What concerns all accounts: one row."""

    registration = models.BooleanField(default=False)  # whether others may sign up
    first_token = models.CharField(max_length=64, default="")  # SHA-256 of the first account's token


class LoginAttempt(models.Model):
    """A login that failed; many of them from one address, or for one name, are too many."""

    name = models.CharField(max_length=80, db_index=True)
    address = models.CharField(max_length=45, db_index=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
