"""Addresses of cycles, tables, rule books and projects."""

from django.urls import path

from monitoring import (
    cycle_acts,
    cycle_views,
    cycle_wizard,
    evidence_views,
    export_views,
    list_views,
    project_views,
    rulebook_views,
    table_views,
)

urlpatterns = [
    path("cycles/", cycle_views.cycle_list, name="cycle_list"),
    path("cycles/new/", cycle_wizard.cycle_new, name="cycle_new"),
    path("cycles/<slug:public_id>/", cycle_views.cycle_page, name="cycle_page"),
    path("cycles/<slug:public_id>/include/", cycle_acts.cycle_include, name="cycle_include"),
    path("cycles/<slug:public_id>/recompute/", cycle_acts.cycle_recompute, name="cycle_recompute"),
    path("cycles/<slug:public_id>/raise/", cycle_acts.cycle_raise, name="cycle_raise"),
    path("cycles/<slug:public_id>/windows/<slug:stage>/", cycle_acts.cycle_extend, name="cycle_extend"),
    path("cycles/<slug:public_id>/close/", cycle_acts.cycle_close, name="cycle_close"),
    path("rule-books/", rulebook_views.rule_book_list, name="rule_book_list"),
    path("rule-books/<int:pk>/", rulebook_views.rule_book_page, name="rule_book_page"),
    path("tables/", list_views.table_list, name="table_list"),
    path("tables/<slug:public_id>/", table_views.table_page, name="table_page"),
    path("tables/<slug:public_id>/cells/", table_views.cell_save, name="cell_save"),
    path("tables/<slug:public_id>/cells/history/", table_views.cell_history, name="cell_history"),
    path("tables/<slug:public_id>/explanations/", table_views.check_explain, name="check_explain"),
    path("tables/<slug:public_id>/evidence/", evidence_views.evidence_add, name="evidence_add"),
    path("tables/<slug:public_id>/form.xlsx", export_views.table_form_xlsx, name="table_form_xlsx"),
    path("evidence/<slug:public_id>/", evidence_views.evidence_file, name="evidence_file"),
    path("evidence/<slug:public_id>/remove/", evidence_views.evidence_remove, name="evidence_remove"),
    path(
        "departments/<int:pk>/cycles/<slug:cycle>/forms.xlsx",
        export_views.department_forms_xlsx,
        name="department_forms_xlsx",
    ),
    path("projects/", project_views.project_list, name="project_list"),
    path("projects/<slug:public_id>/", project_views.project_page, name="project_page"),
]
