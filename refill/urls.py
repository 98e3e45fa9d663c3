"""The doors, in the order in which they are tried. Each room keeps its own list."""

from django.urls import URLPattern, URLResolver, include, path

from refill.api.problems import show_problem
from refill.health import healthz, readyz
from refill.metrics import show_metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", show_metrics),
    path("problems/<str:code>", show_problem),
    path("v1/", include("refill.api.urls")),
    path("hooks/", include("refill.hooks.urls")),
    path("", include("refill.web.urls")),
]
handler403 = "refill.web.views.faults.forbidden"
handler404 = "refill.web.views.faults.not_found"
handler500 = "refill.web.views.faults.broken"
