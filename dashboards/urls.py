"""Addresses of what a person looks at: their work, the dashboard, jobs, the audit trail, imports, search."""

from django.urls import path

from dashboards import audit_views, board_views, import_views, job_views, views

urlpatterns = [
    path("", views.my_work, name="my_work"),
    path("dashboard/", board_views.dashboard, name="dashboard"),
    path("jobs/", job_views.job_list, name="job_list"),
    path("jobs/<slug:public_id>/", job_views.job_page, name="job_page"),
    path("jobs/<slug:public_id>/progress/", job_views.job_progress, name="job_progress"),
    path("jobs/<slug:public_id>/cancel/", job_views.job_cancel, name="job_cancel"),
    path("audit/", audit_views.audit_list, name="audit_list"),
    path("audit/verify/", audit_views.audit_verify, name="audit_verify"),
    path("imports/", import_views.import_list, name="import_list"),
    path("imports/template/", import_views.import_template, name="import_template"),
    path("imports/<slug:public_id>/", import_views.import_page, name="import_page"),
    path("imports/<slug:public_id>/apply/", import_views.import_apply, name="import_apply"),
    path("imports/<slug:public_id>/errors.csv", import_views.import_faults, name="import_faults"),
    path("search/", views.search, name="search"),
    path("styleguide/", views.style_guide, name="style_guide"),
]
