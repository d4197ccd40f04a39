"""Every address of the application."""

from django.urls import URLPattern, URLResolver, path

from pipeline.web.pages import (
    account,
    admin,
    group,
    people,
    person,
    photo,
    photos,
    questions,
    shared,
    split,
    unknown,
    upload,
)

PAGES = [
    path("", people.people, name="people"),
    path("people/<uuid:uuid>", person.person, name="person"),
    path("people/<uuid:uuid>/split", split.split, name="split"),
    path("unknown", unknown.unknown, name="unknown"),
    path("questions", questions.questions, name="questions"),
    path("group", group.group, name="group"),
    path("photos", photos.photos, name="photos"),
    path("photos/<uuid:uuid>", photo.photo, name="photo"),
    path("upload", upload.upload, name="upload"),
    path("shared", shared.shared, name="shared"),
    path("account", account.account, name="account"),
    path("account/sessions/end", account.end_session, name="end_session"),
    path("admin", admin.admin, name="admin"),
    path("admin/registration", admin.registration, name="registration"),
]
urlpatterns: list[URLPattern | URLResolver] = [*PAGES]
