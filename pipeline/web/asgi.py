"""The application for an ASGI server."""

import os

import django

from pipeline.web.dispatch import Dispatch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.web.settings")
django.setup()
application = Dispatch(streams=frozenset({"/api/events"}))
