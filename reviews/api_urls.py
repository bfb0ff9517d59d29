from rest_framework.routers import SimpleRouter

from reviews.api import RemarkViewSet, ReviewViewSet

router = SimpleRouter()
router.register("tables", ReviewViewSet, basename="api_review")
router.register("remarks", RemarkViewSet, basename="api_remark")
urlpatterns = router.urls
