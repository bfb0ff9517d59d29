from rest_framework.routers import SimpleRouter

from monitoring.api import CycleViewSet, TableViewSet

router = SimpleRouter()
router.register("cycles", CycleViewSet, basename="api_cycle")
router.register("tables", TableViewSet, basename="api_table")
urlpatterns = router.urls
