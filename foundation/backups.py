"""A backup: a folder with the database, the files people sent in, and a manifest that says what must be there.

    DIR/manifest.json      when, by which version, rows of each table, the head of the audit trail, every digest
    DIR/database.…         one consistent moment (foundation.dumps)
    DIR/files/…            MEDIA_ROOT

The manifest is written last and the folder gets its name at the end: what was cut off is never taken for a backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from foundation import audit, clock, context, dumps
from foundation.models import AuditEvent

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files"
_CHUNK = 1024 * 1024

Progress = Callable[[int, int], None]


class BackupError(Exception):
    """A backup cannot be made, is not what it was, or may not be restored here; the message is for the operator."""


@dataclass(frozen=True)
class Kept:
    """A file of the backup: its path within it, with "/", its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. rows: by table. audit_*: the last link of the trail at that moment."""

    format: int
    made_at: str
    engine: str
    migrations: list[str]
    rows: dict[str, int]
    audit_sequence: int
    audit_digest: str
    database: Kept
    files: list[Kept]


def make(folder: Path, progress: Progress | None = None) -> Manifest:
    """Write a backup into a folder that is not there yet or is empty. Raises BackupError, dumps.DumpError.

    People may go on working. The database comes first: files are only ever added, so every file that it names
    is still there when the files are copied.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(_("%(folder)s is there already and not empty.") % {"folder": folder})
    if folder.is_relative_to(settings.MEDIA_ROOT):
        raise BackupError(_("%(folder)s lies among the files to be saved.") % {"folder": folder})
    part = folder.with_name(f"{folder.name}.part")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True, mode=0o700)
    try:
        manifest = _fill(part, progress)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


def _fill(part: Path, progress: Progress | None) -> Manifest:
    made_at = clock.now().isoformat()
    name = dumps.FILE_NAMES[connection.vendor]
    migrations = sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
    rows = dumps.dump(part / name)
    database = _seal(part / name)
    # Of the moment of the dump, though read later: events are only ever added.
    sequence = rows[AuditEvent._meta.db_table]
    last = AuditEvent.objects.filter(sequence=sequence).values_list("digest", flat=True).first()
    manifest = Manifest(
        format=FORMAT,
        made_at=made_at,
        engine=connection.vendor,
        migrations=migrations,
        rows=rows,
        audit_sequence=sequence,
        audit_digest=last or audit.GENESIS,
        database=database,
        files=list(_copy_files(part, progress)),
    )
    with _new_file(part / MANIFEST) as stream:
        stream.write(json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode())
        _settle(stream)
    return manifest


def _seal(path: Path) -> Kept:
    """The dump, on disk and for nobody else to read."""
    path.chmod(0o600)
    with path.open("rb+") as stream:
        _settle(stream)
    return Kept(path.name, *_digest(path))


def _copy_files(part: Path, progress: Progress | None) -> Iterator[Kept]:
    root = Path(settings.MEDIA_ROOT)
    found = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    for number, path in enumerate(found, start=1):
        # Still being received, by evidence.store.
        if path.suffix == ".part":
            continue
        inside = PurePosixPath(FILES) / path.relative_to(root).as_posix()
        try:
            yield Kept(str(inside), *_copy(path, part / inside))
        except FileNotFoundError:
            continue  # an upload that was refused after all
        if progress:
            progress(number, len(found))


def read(folder: Path) -> Manifest:
    """The manifest of a backup, with every file checked against it. Raises BackupError."""
    manifest = _read_manifest(folder / MANIFEST)
    for kept in (manifest.database, *manifest.files):
        path = folder / kept.path
        if not path.is_file():
            raise BackupError(_("The backup is damaged: %(path)s is missing.") % {"path": kept.path})
        if _digest(path) != (kept.sha256, kept.size):
            raise BackupError(
                _("The backup is damaged: %(path)s is not what was saved.") % {"path": kept.path}
            )
    return manifest


def _read_manifest(path: Path) -> Manifest:
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != FORMAT:
            raise BackupError(_("This version does not know the format of that backup."))
        database, files = Kept(**told.pop("database")), [Kept(**kept) for kept in told.pop("files")]
        manifest = Manifest(database=database, files=files, **told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(_("%(path)s is not the manifest of a backup.") % {"path": path}) from error
    if database.path not in dumps.FILE_NAMES.values() or not all(_lies_in_files(kept) for kept in files):
        raise BackupError(_("%(path)s is not the manifest of a backup.") % {"path": path})
    return manifest


def _lies_in_files(kept: Kept) -> bool:
    parts = PurePosixPath(kept.path).parts
    return parts[:1] == (FILES,) and ".." not in parts


def restore(folder: Path, *, replace: bool = False, progress: Progress | None = None) -> Manifest:
    """Bring back what a backup holds, and prove it: rows as counted then, the audit trail whole to the same link.

    replace: also over a database or files that are there. Nothing is touched before the whole backup was checked.
    Files that the backup does not know stay: nothing refers to them, and what they prove may still be asked for.
    Raises BackupError, dumps.DumpError.
    """
    manifest = read(folder)
    _refuse_what_does_not_fit(manifest)
    if not replace:
        _refuse_to_overwrite()
    # Files first: a database that names files which are not there yet would show dead links.
    root = Path(settings.MEDIA_ROOT)
    for number, kept in enumerate(manifest.files, start=1):
        target = root / PurePosixPath(kept.path).relative_to(FILES)
        if not target.is_file() or _digest(target) != (kept.sha256, kept.size):
            _put(folder / kept.path, target)
        if progress:
            progress(number, len(manifest.files))
    dumps.load(folder / manifest.database.path)
    _prove(manifest)
    with context.acting_as(None, system="manage.py restore"):
        audit.record(
            "backups.restored",
            None,
            actor=None,
            after={"made_at": manifest.made_at, "events": manifest.audit_sequence, "replaced": replace},
        )
    return manifest


def pending_migrations(manifest: Manifest) -> list[str]:
    """Migrations of this version that the backup has not seen."""
    return sorted(set(_known_migrations()) - set(manifest.migrations))


def _refuse_what_does_not_fit(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise BackupError(
            _("The backup is of %(theirs)s, this installation uses %(ours)s.")
            % {"theirs": manifest.engine, "ours": connection.vendor}
        )
    ours = _known_migrations()
    apps = {name.partition(".")[0] for name in ours}
    newer = [name for name in manifest.migrations if name.partition(".")[0] in apps and name not in ours]
    if newer:
        raise BackupError(
            _("The backup was made by another version, which knew %(migration)s.") % {"migration": newer[0]}
        )


def _known_migrations() -> set[str]:
    return {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _refuse_to_overwrite() -> None:
    with connection.cursor() as cursor:
        used = bool(connection.introspection.table_names(cursor))
    root = Path(settings.MEDIA_ROOT)
    if used or any(path.is_file() for path in root.rglob("*")):
        raise BackupError(
            _("There is a database or there are files here already. Add --replace to give them up.")
        )


def _prove(manifest: Manifest) -> None:
    counted = dumps.row_counts()
    if counted != manifest.rows:
        differing = sorted(
            name
            for name in counted.keys() | manifest.rows.keys()
            if counted.get(name) != manifest.rows.get(name)
        )
        raise BackupError(
            _("Restored, but the number of rows is another in: %(tables)s") % {"tables": ", ".join(differing)}
        )
    verdict = audit.verify()
    if not verdict.whole:
        raise BackupError(
            _("Restored, but the audit trail is broken at event %(number)s: %(reason)s.")
            % {"number": verdict.first_bad, "reason": verdict.reason}
        )
    if verdict.digest != manifest.audit_digest:
        raise BackupError(_("Restored, but the audit trail does not end as the manifest says."))


def _digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return digest.hexdigest(), stream.tell()


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file to where none is; SHA-256 and size of what was written."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _new_file(target) as writing:
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                writing.write(chunk)
            _settle(writing)
    return digest.hexdigest(), size


def _put(source: Path, target: Path) -> None:
    """Copy beside and move, so that nobody reads half a file."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    _copy(source, part)
    part.replace(target)


def _new_file(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _settle(stream: IO[Any]) -> None:
    stream.flush()
    os.fsync(stream.fileno())
