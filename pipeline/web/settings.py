"""Django's settings of the application, made from the place that its process was told."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from pipeline.web.place import database_settings, from_environment
from pipeline.web.secret import secret_key

HERE = Path(__file__).parent
PLACE = from_environment()

SECRET_KEY = secret_key(PLACE.folder)
DEBUG = False
ALLOWED_HOSTS = PLACE.allowed_hosts
ROOT_URLCONF = "pipeline.web.urls"
ASGI_APPLICATION = "pipeline.web.asgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django_htmx",
    "pipeline.web.apps.Web",
]
MIDDLEWARE = [
    "pipeline.web.proxy.believed_proxy",
    "django.middleware.security.SecurityMiddleware",
    # These stand outside, so that refusals and static files have their headers too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pipeline.web.headers.private_answers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"environment": "pipeline.web.pages.environment.environment"},
    }
]
DATABASES = {"default": database_settings(PLACE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

AUTH_USER_MODEL = "web.Account"
SILENCED_SYSTEM_CHECKS = ["auth.E003"]  # names are unique, whatever their case, by a constraint of the table
SESSION_ENGINE = "pipeline.web.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PLACE.tls
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LOGIN_URL = "/login"
PASSWORD_HASHERS = ["pipeline.web.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name",)},
    },
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 0  # a browser asks each time: after an upgrade it would mix old scripts with new
WHITENOISE_ALLOW_ALL_ORIGINS = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],  # a photo that is about to be sent
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PLACE.tls:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in PLACE.hosts]

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 2**20  # JSON of 10,000 items; pieces of photos are read as a stream
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# The processes set their logs themselves: Django's way closes the handlers of all others, TensorFlow's too.
LOGGING_CONFIG = None
