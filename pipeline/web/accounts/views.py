"""The forms for signing up, logging in and out, and a new password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login as begin_session
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from pipeline.web import texts
from pipeline.web.accounts import first, signing
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The form to log in; a login begins a new session."""
    error = ""
    if request.method == "POST":
        try:
            account = signing.log_in(request, request.POST.get("name", ""), request.POST.get("password", ""))
        except Refused as refused:
            error = str(refused)
        else:
            return _enter(request, account)
    elif not Account.objects.exists():
        return redirect("signup")
    return _form(request, "login.html", error)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    """The form to make an account."""
    error = ""
    if request.method == "POST":
        told = (request.POST.get(name, "") for name in ("name", "password", "token"))
        try:
            account = signing.sign_up_or_in(request, *told)
        except Refused as refused:
            error = str(refused)
        else:
            return _enter(request, account)
    return _form(request, "signup.html", error)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    end_session(request)
    return redirect("login")


@sensitive_post_parameters()
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Sets another password, ends all sessions, and begins a new one here."""
    if not request.user.is_authenticated:
        return redirect("login")
    account = request.user
    try:
        signing.new_password(account, request.POST.get("old", ""), request.POST.get("password", ""))
    except Refused as refused:
        request.session["said"] = str(refused)
        return redirect("account")
    request.session.flush()
    return _enter(request, account, texts.PASSWORD_CHANGED)


def _enter(request: HttpRequest, account: Account, said: str = "") -> HttpResponse:
    begin_session(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["agent"] = request.META.get("HTTP_USER_AGENT", "")[:200]
    if said:
        request.session["said"] = said
    wanted = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return redirect(wanted if inside else "people")


def _form(request: HttpRequest, template: str, error: str) -> HttpResponse:
    context = {
        "form_error": error,
        "name": request.POST.get("name", ""),
        "next": request.POST.get("next", request.GET.get("next", "")),
        "is_first": not Account.objects.exists(),
        "open": first.site().registration,
    }
    return render(request, template, context, status=422 if error else 200)
