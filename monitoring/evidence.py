"""Files offered in proof (佐证材料): stored once by their digest, never under a name that came from outside.

Only kinds that an office uses are taken, and each must begin as its kind begins.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
import zipfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.errors import BadInput, Fault
from foundation.ids import new_public_id
from monitoring.filling import lock_reason, may_fill, raise_version
from monitoring.models import Blob, Evidence, MonitoringTable
from organisation.models import User

# The kinds taken, each with how its files begin.
MAGIC = {
    ".pdf": (b"%PDF-",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".xlsx": (b"PK\x03\x04",),
    ".docx": (b"PK\x03\x04",),
    ".ofd": (b"PK\x03\x04",),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
# What a package of each kind must hold.
MEMBERS = {".xlsx": "xl/workbook.xml", ".docx": "word/document.xml", ".ofd": "OFD.xml"}
LONGEST_NAME = 200
FOLDER = "evidence"


@transaction.atomic
def attach(table: MonitoringTable, cell: str, file: UploadedFile, *, by: User) -> Evidence:
    """Keep a file as evidence of a table, or of one of its cells ("" is the table).

    Raises PermissionDenied for whoever does not fill the table; RuleError when it is locked; BadInput for a
    file that is too large, empty, or not of a kind that is taken.
    """
    table = _open_for(table, by)
    blob, name = store(file)
    evidence = Evidence.objects.create(
        table=table, cell=cell[:80], blob=blob, file_name=name, uploaded_by=by, uploaded_at=clock.now()
    )
    raise_version(table)
    audit.record(
        "evidence.attached",
        table,
        actor=by,
        after={"file": name, "sha256": blob.sha256, "size": blob.size, "cell": cell[:80]},
    )
    return evidence


def store(file: UploadedFile) -> tuple[Blob, str]:
    """Keep a file once by its digest; returns it with the name to show. Raises BadInput as attach() does."""
    name = safe_name(file.name or "")
    kind = _check(file, name)
    digest, size = _digest(file)
    return Blob.objects.filter(sha256=digest).first() or _keep(file, digest, size, kind), name


@transaction.atomic
def take_back(evidence: Evidence, *, by: User) -> None:
    """Remove a file from its table while the unit may still type; the file itself is kept."""
    table = _open_for(evidence.table, by)
    taken = Evidence.objects.filter(pk=evidence.pk, removed_at=None).update(removed_at=clock.now())
    if taken:
        raise_version(table)
        audit.record(
            "evidence.taken_back", table, actor=by, before={"file": evidence.file_name, "cell": evidence.cell}
        )


def open_file(evidence: Evidence) -> FileResponse:
    """The file as a download; a browser never shows it in place. Raises Http404 when it is gone from the disk."""
    return open_blob(evidence.blob, evidence.file_name)


def open_blob(blob: Blob, file_name: str) -> FileResponse:
    """The same for a kept file under the name it is shown by."""
    path = _root() / blob.path
    try:
        stream = path.open("rb")
    except OSError as error:
        raise Http404(_("The file is not on this server any more.")) from error
    response = FileResponse(
        stream, as_attachment=True, filename=file_name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def safe_name(name: str) -> str:
    """The name a person gave the file, for showing: no path, no control characters, at most 200 characters."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .")
    stem, suffix = os.path.splitext(name)
    return stem[: LONGEST_NAME - len(suffix)] + suffix if stem else "file" + suffix


def _open_for(table: MonitoringTable, by: User) -> MonitoringTable:
    """The table, locked against a submission at the same moment, and found open to the person."""
    locked = MonitoringTable.objects.select_for_update(of=("self",)).select_related("cycle").get(pk=table.pk)
    if not may_fill(locked, by):
        raise PermissionDenied
    if refusal := lock_reason(locked, clock.now()):
        raise refusal
    return locked


def _check(file: UploadedFile, name: str) -> str:
    """The file's suffix. Raises BadInput when the file is none of the kinds that are taken."""
    suffix = os.path.splitext(name)[1].lower()
    limit = settings.UPLOAD_LIMIT_BYTES
    if (file.size or 0) > limit:
        _refuse(_("The file is larger than %(limit)s MB.") % {"limit": limit // 2**20})
    if not file.size:
        _refuse(_("The file is empty."))
    if suffix not in MAGIC:
        _refuse(_("Files of this kind are not taken. Send PDF, JPG, PNG, XLSX, DOCX, OFD or ZIP."))
    file.seek(0)
    if not file.read(8).startswith(MAGIC[suffix]):
        _refuse(_("The file is not what its name says. Save it again and send it."))
    if suffix in MEMBERS:
        _check_package(file, MEMBERS[suffix])
    return suffix


def _check_package(file: UploadedFile, member: str) -> None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        names = set()
    if member not in names:
        _refuse(_("The file is damaged, or not what its name says. Save it again and send it."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        _refuse(_("The file contains macros. Save it without them and send it again."))


def _digest(file: UploadedFile) -> tuple[str, int]:
    """SHA-256 and size of what was really sent."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
        size += len(chunk)
    if size > settings.UPLOAD_LIMIT_BYTES:
        _refuse(_("The file is larger than %(limit)s MB.") % {"limit": settings.UPLOAD_LIMIT_BYTES // 2**20})
    return digest.hexdigest(), size


def _keep(file: UploadedFile, digest: str, size: int, suffix: str) -> Blob:
    """Write the file under its digest; a name in use already holds the same bytes."""
    path = Path(FOLDER) / digest[:2] / f"{digest}{suffix}"
    target = _root() / path
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved, so that nobody reads half a file and a crash leaves none.
    part = target.with_name(f"{new_public_id()}.part")
    file.seek(0)
    with part.open("xb") as stream:
        _copy(file, stream)
    os.replace(part, target)
    blob, _created = Blob.objects.get_or_create(
        sha256=digest, defaults={"size": size, "path": path.as_posix(), "received_at": clock.now()}
    )
    return blob


def _copy(file: UploadedFile, stream: IO[bytes]) -> None:
    for chunk in file.chunks():
        stream.write(chunk)
    stream.flush()
    os.fsync(stream.fileno())


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _refuse(message: str) -> None:
    raise BadInput([Fault("file", message)])
