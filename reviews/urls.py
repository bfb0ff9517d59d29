"""Addresses of the review chain. Public identifiers are 12 characters (foundation.ids)."""

from django.urls import path

from reviews import bulk_views, engagement_views, views

urlpatterns = [
    path("reviews/", views.review_queue, name="review_queue"),
    path("reviews/bulk/", bulk_views.review_bulk, name="review_bulk"),
    path("reviews/bulk/<str:public_id>/", bulk_views.review_bulk_result, name="review_bulk_result"),
    path("reviews/<str:public_id>/", views.review_page, name="review_page"),
    path("reviews/<str:public_id>/decide/", views.review_decide, name="review_decide"),
    path("reviews/<str:public_id>/remarks/", views.remark_add, name="remark_add"),
    path("remarks/<str:public_id>/settle/", views.remark_settle, name="remark_settle"),
    path("tables/<str:public_id>/submit/", views.table_submit, name="table_submit"),
    path("tables/<str:public_id>/withdraw/", views.review_withdraw, name="review_withdraw"),
    path("engagements/", engagement_views.engagement_list, name="engagement_list"),
    path("engagements/new/", engagement_views.engagement_new, name="engagement_new"),
    path("engagements/<str:public_id>/", engagement_views.engagement_page, name="engagement_page"),
    path("engagements/<str:public_id>/period/", engagement_views.engagement_period, name="engagement_period"),
    path(
        "engagements/<str:public_id>/auditors/",
        engagement_views.engagement_auditor,
        name="engagement_auditor",
    ),
    path("engagements/<str:public_id>/assign/", engagement_views.engagement_assign, name="engagement_assign"),
    path("engagements/<str:public_id>/sample/", engagement_views.engagement_sample, name="engagement_sample"),
    path(
        "engagements/<str:public_id>/release/", engagement_views.engagement_release, name="engagement_release"
    ),
    path("engagements/<str:public_id>/end/", engagement_views.engagement_end, name="engagement_end"),
]
