"""The application for an ASGI server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.web.settings")

from django.core.asgi import get_asgi_application

from pipeline.web.body_limit import largest, limited

application = limited(get_asgi_application(), largest)
