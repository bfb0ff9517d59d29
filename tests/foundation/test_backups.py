"""What was backed up comes back as it was; what was changed on the way is refused before anything is touched."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection

from foundation import audit, backups, dumps
from foundation.models import AuditEvent
from monitoring.evidence import attach
from monitoring.models import Blob, IndicatorRow
from organisation.models import Division
from tests import factories
from tests.append_only import changes_allowed
from tests.services.harness import url_of_test_database

ROOT = Path(__file__).resolve().parents[2]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def files(settings, tmp_path):
    """An empty folder for what people send in."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


@pytest.fixture
def office(city, files):
    """A table with values, evidence and an audit trail."""
    table = factories.fill(factories.make_table(city.road_unit), city.clerk)
    attach(table, "", SimpleUploadedFile("合同.pdf", PDF), by=city.clerk)
    return table


@pytest.fixture
def saved(office, tmp_path):
    """A backup of it."""
    backups.make(tmp_path / "saved")
    return tmp_path / "saved"


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def evidence_path(files):
    return files / Blob.objects.get().path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an empty installation on the same engine."""
    environment = os.environ | {
        "DATA_DIR": str(tmp_path / "elsewhere"),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere/beacon.sqlite3",
    }
    if connection.vendor == "sqlite":
        yield environment
        return
    server, name = urlsplit(url_of_test_database()), f"beacon_restore_{uuid4().hex[:8]}"
    with psycopg.connect(urlunsplit(server._replace(path="/postgres")), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield environment | {"DATABASE_URL": urlunsplit(server._replace(path=f"/{name}"))}
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(environment, *words):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_an_empty_installation_gets_everything_and_a_second_restore_is_refused(saved, elsewhere, tmp_path):
    done = manage(elsewhere, "restore", str(saved))
    assert done.returncode == 0, done.stderr
    assert manage(elsewhere, "verify_audit").returncode == 0

    assert manage(elsewhere, "backup", str(tmp_path / "again")).returncode == 0
    first, again = manifest_of(saved), manifest_of(tmp_path / "again")
    assert again["files"] == first["files"]
    assert len(first["files"]) == 1
    assert again["migrations"] == first["migrations"]
    # The restore itself is one more event.
    first["rows"]["foundation_auditevent"] += 1
    assert again["rows"] == first["rows"]
    assert first["rows"]["monitoring_monitoringtable"] == 1

    second = manage(elsewhere, "restore", str(saved))
    assert second.returncode == 1
    assert "--replace" in second.stderr


def test_replacing_takes_back_what_happened_since(saved, office, city, files):
    events = AuditEvent.objects.count()
    indicators = IndicatorRow.objects.order_by("pk")
    before = list(indicators.values())
    path = evidence_path(files)
    path.write_bytes(b"overwritten")
    office.indicators.update(actual=None)
    Division.objects.create(code="370783", name="寿光市")
    audit.record("people.created", None, actor=city.sysadmin)

    call_command("restore", str(saved), "--replace")

    assert path.read_bytes() == PDF
    assert list(indicators.values()) == before
    assert not Division.objects.filter(code="370783").exists()
    assert audit.verify().whole
    last = AuditEvent.objects.latest("sequence")
    assert (last.sequence, last.action) == (events + 1, "backups.restored")
    assert last.after["events"] == events
    with pytest.raises(Exception, match="only ever added"):
        AuditEvent.objects.filter(pk=last.pk).update(reason="quietly")


def test_a_used_installation_is_left_alone(saved, files, office):
    office.indicators.update(actual=None)
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", str(saved))
    assert not office.indicators.exclude(actual=None).exists()


@pytest.mark.parametrize("victim", ["database", "evidence", "missing"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(saved, files, office, victim):
    manifest = manifest_of(saved)
    name = manifest["database"]["path"] if victim == "database" else manifest["files"][0]["path"]
    path = saved / name
    if victim == "missing":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    office.indicators.update(actual=None)
    evidence_path(files).unlink()
    with pytest.raises(backups.BackupError, match=name):
        backups.restore(saved, replace=True)
    assert not office.indicators.exclude(actual=None).exists()
    assert not evidence_path(files).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"engine": "oracle"}, "oracle"),
        ({"migrations": ["monitoring.0999_of_tomorrow"]}, "0999_of_tomorrow"),
        ({"format": 2}, "format|格式"),
        ({"rows": None, "surprise": 1}, "manifest"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(saved, change, said):
    write_manifest(saved, {**manifest_of(saved), **change})
    rows = dumps.row_counts()
    with pytest.raises(backups.BackupError, match=said):
        backups.restore(saved, replace=True)
    assert dumps.row_counts() == rows


@pytest.mark.parametrize(
    "path", ["../outside.pdf", "files/../../outside.pdf", "/etc/passwd", "manifest.json"]
)
def test_a_manifest_cannot_name_files_elsewhere(saved, path):
    manifest = manifest_of(saved)
    manifest["files"][0]["path"] = path
    write_manifest(saved, manifest)
    with pytest.raises(backups.BackupError, match="manifest"):
        backups.restore(saved, replace=True)


def write_manifest(folder, content):
    (folder / "manifest.json").write_text(json.dumps(content))


def test_a_trail_that_was_broken_before_the_backup_is_found_after_the_restore(office, files, tmp_path):
    with changes_allowed():
        AuditEvent.objects.filter(sequence=1).update(reason="quietly")
    backups.make(tmp_path / "saved")
    with pytest.raises(CommandError, match="1"):
        call_command("restore", str(tmp_path / "saved"), "--replace")


def test_a_trail_rewritten_as_a_whole_does_not_end_as_the_manifest_says(saved, files):
    write_manifest(saved, {**manifest_of(saved), "audit_digest": "f" * 64})
    with pytest.raises(backups.BackupError):
        backups.restore(saved, replace=True)


def test_rows_that_differ_from_the_manifest_are_named(saved, files):
    manifest = manifest_of(saved)
    manifest["rows"]["monitoring_cycle"] += 1
    write_manifest(saved, manifest)
    with pytest.raises(backups.BackupError, match="monitoring_cycle"):
        backups.restore(saved, replace=True)


def test_a_backup_is_written_into_a_new_folder_only_and_for_its_owner_only(saved, office):
    with pytest.raises(CommandError, match=str(saved)):
        call_command("backup", str(saved))
    assert saved.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in saved.rglob("*") if path.is_file()} == {0o600}


def test_a_backup_among_the_files_it_saves_is_refused(office, files):
    with pytest.raises(backups.BackupError):
        backups.make(files / "saved")
    assert not (files / "saved").exists()


def test_what_was_cut_off_is_no_backup(office, files, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy_files", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", str(tmp_path / "saved"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["media"]


def test_uploads_under_way_and_links_are_not_saved(office, files, tmp_path):
    (files / "evidence" / "half.part").write_bytes(b"%PDF")
    (files / "link.pdf").symlink_to("/etc/hostname")
    made = backups.make(tmp_path / "saved")
    assert [kept.path for kept in made.files] == [f"files/{Blob.objects.get().path}"]


def test_people_may_go_on_working_while_a_backup_is_made(office, files, tmp_path):
    """Each count of the manifest is that of the dump, whatever was committed meanwhile."""
    going = threading.Event()
    stop = threading.Event()

    def work():
        number = 0
        while not stop.is_set():
            audit.record("people.created", None, actor=None, after={"number": number})
            number += 1
            if number > 5:
                going.set()
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert going.wait(30)
        made = backups.make(tmp_path / "saved")
    finally:
        stop.set()
        worker.join()
    assert 5 < made.audit_sequence <= AuditEvent.objects.count()
    assert backups.restore(tmp_path / "saved", replace=True) == made
    assert AuditEvent.objects.count() == made.audit_sequence + 1


@pytest.mark.postgres
def test_the_password_of_the_database_is_in_no_list_of_processes(office, files, tmp_path, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "s3cret-of-the-database")
    commands = []
    run = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda words, **given: commands.append(words) or run(words, **given)
    )
    backups.make(tmp_path / "saved")
    assert commands[0][0] == "pg_dump"
    assert "s3cret" not in str(commands)


@pytest.mark.postgres
def test_a_missing_program_is_named(office, files, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup", str(tmp_path / "saved"))
    assert not (tmp_path / "saved").exists()


@pytest.mark.postgres
def test_people_still_at_work_keep_a_restore_from_replacing_anything(saved, office):
    rows = dumps.row_counts()
    with psycopg.connect(url_of_test_database()) as somebody:
        somebody.execute("SELECT * FROM monitoring_cycle")
        with pytest.raises(dumps.DumpError, match="lock timeout"):
            backups.restore(saved, replace=True)
    assert dumps.row_counts() == rows


def test_a_dump_is_one_file_that_opens_by_itself(saved):
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(saved / "database.sqlite3")
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        copy.close()
    assert sorted(path.name for path in saved.iterdir()) == sorted(
        [dumps.FILE_NAMES[connection.vendor], "files", "manifest.json"]
    )
