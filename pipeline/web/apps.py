"""The application, as Django knows it."""

from django.apps import AppConfig


class Web(AppConfig):
    """The tables of ``pipeline.web.models``, under the label ``web``."""

    name = "pipeline.web"
    label = "web"
    verbose_name = "facefold"
