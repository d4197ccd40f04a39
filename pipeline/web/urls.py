"""Every address of the application."""

from django.urls import URLPattern, URLResolver, path

from pipeline.web.api.api import api

urlpatterns: list[URLPattern | URLResolver] = [path("api/", api.urls)]
