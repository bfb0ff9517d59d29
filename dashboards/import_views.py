"""Files of the budget system: offered, checked without writing, then taken whole or not at all."""

from __future__ import annotations

import csv
import io
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboards import imports
from dashboards.jobs_seen import is_live, named, seconds_left
from foundation.errors import BadInput
from foundation.http import SignedInRequest, get_visible_or_404, wants_partial
from foundation.models import JobState
from foundation.spreadsheets import safe_text
from monitoring.paging import page_of
from organisation.models import Division, User
from organisation.roles import Role
from organisation.scope import scope_of
from projects import batches
from projects.choices import ImportState
from projects.import_format import PAYMENTS
from projects.import_template import write_template
from projects.models import ImportBatch

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads Chinese as something else


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("The budget workbook (.xlsx) or the payments (.csv)."),
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
    )


@login_required
@require_http_methods(["GET", "POST"])
def import_list(request: SignedInRequest) -> HttpResponse:
    """Files offered so far, and a place to offer one; an offered file is checked at once."""
    user = _importer(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            batch = _receive(upload, user)
        except BadInput as error:
            for fault in error.faults:
                form.add_error("file", str(fault.message))
        else:
            return redirect("import_page", batch.public_id)
    page = page_of(
        ImportBatch.objects.visible_to(user).select_related("uploaded_by"), request.GET, newest_first=True
    )
    context = {"form": form, "batches": page.rows, "page": page}
    status = 422 if form.errors else 200
    return render(request, "dashboards/import_list.html", context, status=status)


@login_required
@require_GET
def import_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One file: the check's result, then the import's. Its body asks for itself while a job lives."""
    # The job first: when it ends between the two reads, the file says so, and the page does not wait for nothing.
    job = imports.job_of(public_id)
    batch = _batch(request, public_id)
    live = job is not None and is_live(job)
    context: dict[str, Any] = {
        "batch": batch,
        "job": named(job) if job else None,
        "live": live,
        "failed": job is not None and job.state == JobState.FAILED and batch.state != ImportState.REFUSED,
        "seconds_left": seconds_left(job) if job else None,
        "counts": imports.counts_of(batch),
        "controls": imports.controls_of(batch),
        "secret": imports.secret_of(batch),
        "places": imports.places_of(batch),
        "faults_total": batch.counts.get("faults", 0) if batch.state == ImportState.REFUSED else 0,
        "before": imports.taken_before(batch),
        "may_apply": batch.state == ImportState.CHECKED and not live,
    }
    name = "_import_body" if wants_partial(request) else "import_page"
    return render(request, f"dashboards/{name}.html", context)


@login_required
@require_POST
def import_apply(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take a file whose check went well, in the background."""
    batch = _batch(request, public_id)
    with transaction.atomic():
        batches.start_apply(batch, by=request.user)
    messages.info(request, _("The import is running. You may leave this page and come back."))
    return redirect("import_page", batch.public_id)


@login_required
@require_GET
def import_faults(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The errors as CSV, for whoever corrects the file in Excel."""
    batch = _batch(request, public_id)
    rows = [[_("Sheet"), _("Row"), _("Column"), _("What is wrong")]]
    rows += [[place.sheet, place.row, place.column, place.message] for place in imports.places_of(batch)]
    answer = HttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="errors-{batch.public_id}.csv"'
    return answer


@login_required
@require_GET
def import_template(request: SignedInRequest) -> HttpResponse:
    """An empty workbook in the import format, or with ?kind=payments the heading of a payments file."""
    _importer(request)
    if request.GET.get("kind") == "payments":
        answer = HttpResponse(
            _csv([[column.heading for column in PAYMENTS.columns]]), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = 'attachment; filename="payments.csv"'
        return answer
    written = io.BytesIO()
    write_template(written)
    answer = HttpResponse(written.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="city.xlsx"'
    return answer


def _importer(request: SignedInRequest) -> User:
    """The reader, where they import. Raises PermissionDenied for anybody else."""
    user = request.user
    if not batches.may_import(user):
        raise PermissionDenied
    return user


def _batch(request: SignedInRequest, public_id: str) -> ImportBatch:
    found = ImportBatch.objects.visible_to(_importer(request)).select_related("uploaded_by")
    return get_visible_or_404(found, public_id=public_id)


def _receive(upload: Any, user: User) -> ImportBatch:
    """Keep the file and owe its check, both or neither."""
    kind = imports.kind_of(upload)
    division = Division.objects.filter(pk__in=scope_of(user).at(Role.PERFORMANCE)).first()
    with transaction.atomic():
        batch = batches.receive(upload, upload.name, kind, by=user, division=division)
        batches.start_check(batch, by=user)
    return batch


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[safe_text(str(cell)) for cell in row] for row in rows])
    return _BYTE_ORDER_MARK + text.getvalue()
