"""A browser of an account, as the API sees it."""

import json
import uuid

from django.test import Client


class Browser:
    """A browser of somebody: JSON there and back, a new key for each change."""

    def __init__(self, account=None):
        self.client = Client()
        if account is not None:
            self.client.force_login(account)

    def get(self, path, **query):
        return self.client.get(f"/api/{path}", query)

    def ask(self, verb, path, body=None, key=None):
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        data = None if body is None else json.dumps(body, default=str)
        return self.client.generic(
            verb, f"/api/{path}", data or "", content_type="application/json", headers=headers
        )

    def post(self, path, body=None, key=None):
        return self.ask("POST", path, body, key)
