"""Headers of a proxy: believed from the proxy that was named, and taken away from anybody else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


def believed_proxy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Takes the visitor's address from X-Forwarded-For where the request comes from the named proxy."""

    def answer(request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        if settings.PLACE.proxy and address == settings.PLACE.proxy:
            told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            # The last is what the proxy itself saw; what stands before it is the visitor's own word.
            request.META["REMOTE_ADDR"] = told[-1].strip() or address
        else:
            for name in FORWARDED:
                request.META.pop(name, None)
        return get_response(request)

    return answer
