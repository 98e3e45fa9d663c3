"""The doors, in the order in which they are tried. Each room keeps its own list."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from refill.api.problems import show_problem
from refill.health import healthz, readyz
from refill.metrics import show_metrics

_DOORS = (("v1/", "refill.api.urls"), ("hooks/", "refill.hooks.urls"), ("", "refill.web.urls"))


def _is_present(module: str) -> bool:
    return find_spec(module.rpartition(".")[0]) is not None and find_spec(module) is not None


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", show_metrics),
    path("problems/<str:code>", show_problem),
    *(path(prefix, include(module)) for prefix, module in _DOORS if _is_present(module)),
]
handler403 = "refill.web.views.faults.forbidden"
handler404 = "refill.web.views.faults.not_found"
handler500 = "refill.web.views.faults.broken"
