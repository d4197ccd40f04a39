"""Every address of the application."""

from django.urls import URLPattern, URLResolver, path

from pipeline.web.accounts import views as accounts
from pipeline.web.api.api import api
from pipeline.web.pages import (
    account,
    admin,
    files,
    group,
    health,
    people,
    person,
    photo,
    photos,
    questions,
    shared,
    split,
    stream,
    unknown,
    upload,
)

handler500 = "pipeline.web.pages.broken.broken"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("login", accounts.login, name="login"),
    path("signup", accounts.signup, name="signup"),
    path("logout", accounts.logout, name="logout"),
    path("account/password", accounts.password, name="password"),
    path("api/events", stream.events, name="events"),
    path("api/", api.urls),
    path("files/faces/<uuid:uuid>.jpg", files.face, name="face-picture"),
    path("files/photos/<uuid:uuid>/thumb.jpg", files.photo, {"size": "thumb"}, name="thumb"),
    path("files/photos/<uuid:uuid>/preview.jpg", files.photo, {"size": "preview"}, name="preview"),
    path("files/photos/<uuid:uuid>/original", files.original, name="original"),
    path("", people.people, name="people"),
    path("people/<uuid:uuid>", person.person, name="person"),
    path("people/<uuid:uuid>/split", split.split, name="split"),
    path("unknown", unknown.unknown, name="unknown"),
    path("questions", questions.questions, name="questions"),
    path("questions/number", questions.number, name="questions_number"),
    path("group", group.group, name="group"),
    path("photos", photos.photos, name="photos"),
    path("photos/<uuid:uuid>", photo.photo, name="photo"),
    path("upload", upload.upload, name="upload"),
    path("shared", shared.shared, name="shared"),
    path("account", account.account, name="account"),
    path("admin", admin.admin, name="admin"),
    path("admin/registration", admin.registration, name="registration"),
]
