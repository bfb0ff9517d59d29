from django.urls import path
from rest_framework.routers import SimpleRouter

from dashboards.api import DashboardView, JobViewSet

router = SimpleRouter()
router.register("jobs", JobViewSet, basename="api_job")
urlpatterns = [path("dashboard/", DashboardView.as_view(), name="api_dashboard"), *router.urls]
