"""The last word of the API: stands below every other address under /api/v1/."""

from django.urls import re_path

from foundation.api import UnknownAddress

urlpatterns = [re_path(r"", UnknownAddress.as_view(), name="api_unknown")]
