from rest_framework.routers import SimpleRouter

from rectification.api import TaskViewSet

router = SimpleRouter()
router.register("tasks", TaskViewSet, basename="api_task")
urlpatterns = router.urls
