"""Doors of the evidence: attach, take back, download."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.errors import BadInput, Fault
from foundation.http import SignedInRequest, get_visible_or_404
from monitoring import evidence
from monitoring.models import Evidence, MonitoringTable


@require_POST
@login_required
def evidence_add(request: SignedInRequest, public_id: str) -> HttpResponse:
    table = get_visible_or_404(MonitoringTable.objects.visible_to(request.user), public_id=public_id)
    file = request.FILES.get("file")
    if file is None:
        raise BadInput([Fault("file", _("Choose a file."))])
    kept = evidence.attach(table, request.POST.get("cell", ""), file, by=request.user)
    messages.success(request, _("%(file)s is attached.") % {"file": kept.file_name})
    return _back_to(table)


@require_POST
@login_required
def evidence_remove(request: SignedInRequest, public_id: str) -> HttpResponse:
    file = _visible(request, public_id)
    evidence.take_back(file, by=request.user)
    messages.success(request, _("%(file)s is no longer attached.") % {"file": file.file_name})
    return _back_to(file.table)


@require_GET
@login_required
def evidence_file(request: SignedInRequest, public_id: str) -> FileResponse:
    return evidence.open_file(_visible(request, public_id))


def _visible(request: SignedInRequest, public_id: str) -> Evidence:
    files = Evidence.objects.visible_to(request.user).standing().select_related("table", "blob")
    return get_visible_or_404(files, public_id=public_id)


def _back_to(table: MonitoringTable) -> HttpResponse:
    return redirect(f"{reverse('table_page', args=[table.public_id])}#evidence")
