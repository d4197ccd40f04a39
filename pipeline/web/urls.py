"""Every address of the application."""

from django.urls import URLPattern, URLResolver, path

from pipeline.web.pages import people, person, photo, photos, unknown, upload

urlpatterns: list[URLPattern | URLResolver] = [
    path("", people.people, name="people"),
    path("people/<uuid:uuid>", person.person, name="person"),
    path("unknown", unknown.unknown, name="unknown"),
    path("photos", photos.photos, name="photos"),
    path("photos/<uuid:uuid>", photo.photo, name="photo"),
    path("upload", upload.upload, name="upload"),
]
