"""Every address. Each app brings its own; what belongs to no app stands here."""

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from foundation import health

handler500 = "foundation.failures.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/v1/docs/",
        login_required(SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api_docs.html")),
        name="api_docs",
    ),
    path("api/v1/", include("organisation.api_urls")),
    path("api/v1/", include("projects.api_urls")),
    path("api/v1/", include("monitoring.api_urls")),
    path("api/v1/", include("reviews.api_urls")),
    path("api/v1/", include("rectification.api_urls")),
    path("api/v1/", include("dashboards.api_urls")),
    # Answers for every address of the API that the others have left; must be their last.
    path("api/v1/", include("foundation.api_urls")),
    path("", include("organisation.urls")),
    path("", include("monitoring.urls")),
    path("", include("reviews.urls")),
    path("", include("rectification.urls")),
    path("", include("dashboards.urls")),
]
