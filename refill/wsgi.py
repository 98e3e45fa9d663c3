"""The WSGI door that granian serves. Hot calls go in past Django's handler, which costs them more than they do."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "refill.settings")

_django = get_wsgi_application()

from refill import incoming  # noqa: E402 - only when Django is set up
from refill.api.straight import HOT_PATHS, serve_straight  # noqa: E402


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    incoming.announce(environ)
    if environ["PATH_INFO"] in HOT_PATHS:
        return serve_straight(environ, start_response)
    return _django(environ, start_response)
