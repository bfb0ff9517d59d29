from django.urls import path

from organisation.api import MeView, NodesView

urlpatterns = [
    path("me/", MeView.as_view(), name="api_me"),
    path("nodes/", NodesView.as_view(), name="api_nodes"),
]
