"""Files offered for import: kept by their checksum, checked without writing, applied on confirmation."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.errors import BadInput, Fault, RuleError
from foundation.ids import new_public_id
from foundation.jobs import JobRun, enqueue, job_kind
from foundation.spreadsheets import read_csv, read_workbook
from organisation.models import Division, User
from organisation.roles import Role
from organisation.scope import scope_of
from projects.budget_file import read_budget
from projects.choices import ImportKind, ImportState
from projects.importing import Plan, Progress, apply_plan, known_codes, make_plan, nothing
from projects.models import ImportBatch
from projects.payment_file import PaymentPlan, apply_payments, make_payment_plan, read_payments

MAX_FAULTS_KEPT = 1000


def may_import(user: User) -> bool:
    """Only the performance section takes files in."""
    return bool(scope_of(user).at(Role.PERFORMANCE))


def receive(
    file: IO[bytes], name: str, kind: str, *, by: User | None, division: Division | None
) -> ImportBatch:
    """Keep an offered file under a name of our own. Raises BadInput when it is too large or empty."""
    if by is not None and not may_import(by):
        raise PermissionDenied
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".xlsx" if kind == ImportKind.BUDGET else ".csv"
    path = folder / f"{new_public_id()}{suffix}"
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as kept:
        while chunk := file.read(1024 * 1024):
            size += len(chunk)
            if size > settings.UPLOAD_LIMIT_BYTES:
                break
            digest.update(chunk)
            kept.write(chunk)
    if size == 0 or size > settings.UPLOAD_LIMIT_BYTES:
        path.unlink()
        limit = settings.UPLOAD_LIMIT_BYTES // 1024 // 1024
        message = (
            _("The file is larger than %(limit)s MB.") % {"limit": limit} if size else _("The file is empty.")
        )
        raise BadInput([Fault("file", message)])
    return ImportBatch.objects.create(
        division=division,
        kind=kind,
        file_name=Path(name).name[:250],
        stored_path=path.name,
        sha256=digest.hexdigest(),
        size=size,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )


def path_of(batch: ImportBatch) -> Path:
    """Where the batch's file lies."""
    return Path(settings.MEDIA_ROOT) / "imports" / batch.stored_path


def check(batch: ImportBatch) -> ImportBatch:
    """Dry run: counts of new, changed, unchanged and refused rows, or every fault; writes nothing else."""
    try:
        plan = _plan(batch)
    except BadInput as error:
        return _refuse(batch, error.faults)
    batch.state = ImportState.CHECKED
    batch.counts = {key: counts.as_dict() for key, counts in plan.counts().items()}
    batch.control_totals = _totals(plan)
    batch.faults = []
    batch.save(update_fields=["state", "counts", "control_totals", "faults"])
    return batch


def apply(batch: ImportBatch, *, progress: Progress = nothing) -> ImportBatch:
    """Take the file: read again, checked again, written in one transaction. Twice changes nothing.

    Raises BadInput with every fault; then nothing was written. A file with secret rows is destroyed once taken.
    """
    if batch.state == ImportState.APPLIED:
        return batch
    try:
        plan = _plan(batch)
        with transaction.atomic():
            if isinstance(plan, Plan):
                counts = apply_plan(plan, batch, progress=progress)
            else:
                counts = apply_payments(plan, batch, progress=progress)
            batch.state, batch.applied_at = ImportState.APPLIED, clock.now()
            batch.counts = {key: each.as_dict() for key, each in counts.items()}
            batch.control_totals, batch.faults = _totals(plan), []
            batch.save(update_fields=["state", "applied_at", "counts", "control_totals", "faults"])
            if isinstance(plan, Plan) and plan.budget.secret:
                transaction.on_commit(lambda: _destroy(batch))
    except BadInput as error:
        _refuse(batch, error.faults)
        raise
    return batch


def start_check(batch: ImportBatch, *, by: User) -> Any:
    """Check in the background."""
    return _start("check_import", batch, by)


def start_apply(batch: ImportBatch, *, by: User) -> Any:
    """Take the file in the background. Raises RuleError "not_checked" unless its dry run went well."""
    if not may_import(by):
        raise PermissionDenied
    if batch.state != ImportState.CHECKED:
        raise RuleError("not_checked", _("Only a file whose check went well can be taken."))
    return _start("apply_import", batch, by)


def _start(kind: str, batch: ImportBatch, by: User) -> Any:
    return enqueue(
        kind,
        key=batch.public_id,
        payload={"batch": batch.pk},
        actor=by,
        title=batch.file_name,
        division_id=batch.division_id,
    )


@job_kind("check_import", title=gettext_lazy("Check a file"))
def check_job(run: JobRun) -> dict[str, Any]:
    batch = check(ImportBatch.objects.get(pk=run.payload["batch"]))
    return {"batch": batch.public_id, "state": batch.state, "faults": len(batch.faults)}


@job_kind("apply_import", title=gettext_lazy("Import a file"))
def apply_job(run: JobRun) -> dict[str, Any]:
    batch = apply(ImportBatch.objects.get(pk=run.payload["batch"]), progress=run.progress)
    return {"batch": batch.public_id, "counts": batch.counts}


def _plan(batch: ImportBatch) -> Plan | PaymentPlan:
    path = path_of(batch)
    if batch.kind == ImportKind.BUDGET:
        budget = read_budget(read_workbook(path), known_codes())
        if budget.faults and budget.secret:
            _destroy(batch)
        return make_plan(budget)
    read = read_payments(read_csv(path))
    if read.faults:
        raise BadInput(read.faults)
    return make_payment_plan(read, _division(batch))


def _destroy(batch: ImportBatch) -> None:
    """A file that names secret projects is not kept, whether it was refused or taken."""
    path_of(batch).unlink(missing_ok=True)


def _division(batch: ImportBatch) -> Division:
    division = batch.division or only_division()
    if division is None:
        raise BadInput(
            [Fault("file", _("Import the budget workbook first: there is no division to take payments."))]
        )
    return division


def _totals(plan: Plan | PaymentPlan) -> dict[str, Any]:
    if isinstance(plan, PaymentPlan):
        return {"payments": {"rows": str(plan.rows), "total": str(plan.total)}}
    return {**plan.budget.control_totals, "secret": dict(plan.budget.secret)}


def _refuse(batch: ImportBatch, faults: list[Fault]) -> ImportBatch:
    batch.state = ImportState.REFUSED
    batch.faults = [
        {"where": fault.where, "message": str(fault.message)} for fault in faults[:MAX_FAULTS_KEPT]
    ]
    batch.counts = {"faults": len(faults)}
    batch.save(update_fields=["state", "faults", "counts"])
    return batch


def only_division() -> Division | None:
    """The one bureau of this installation; None when there is none yet or more than one."""
    found = list(Division.objects.filter(is_bureau=True)[:2])
    return found[0] if len(found) == 1 else None


def take_file(path: Path, kind: str, *, by: User | None = None, progress: Progress = nothing) -> ImportBatch:
    """The command line's way: receive and apply in one go. Raises BadInput."""
    with path.open("rb") as file:
        batch = receive(file, path.name, kind, by=by, division=only_division())
    return apply(batch, progress=progress)
