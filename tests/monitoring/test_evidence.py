"""Files offered in proof: what is taken, where it is kept, who gets it."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.errors import BadInput
from foundation.models import AuditEvent
from monitoring import evidence
from monitoring.models import Blob, Evidence, MonitoringTable
from monitoring.stages import Stage
from tests.conftest import sign_in

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(name="报告.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="text/html")


def package(*members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for member in members:
            made.writestr(member, "x")
    return stream.getvalue()


def test_a_file_is_kept_under_its_digest_and_comes_back_whole(client, city, table, tmp_path):
    sign_in(client, city.clerk)
    address = reverse("evidence_add", args=[table.public_id])
    response = client.post(address, {"file": upload(), "cell": "indicator.K001.actual"})
    assert response.status_code == 302
    kept = Evidence.objects.get(table=table)
    assert (kept.file_name, kept.cell) == ("报告.pdf", "indicator.K001.actual")
    assert (tmp_path / kept.blob.path).read_bytes() == PDF
    assert "报告" not in kept.blob.path
    download = client.get(reverse("evidence_file", args=[kept.public_id]))
    assert b"".join(download.streaming_content) == PDF
    assert download["Content-Type"] == "application/octet-stream"
    assert download["Content-Disposition"].startswith("attachment")
    assert download["X-Content-Type-Options"] == "nosniff"
    assert AuditEvent.objects.filter(action="evidence.attached").count() == 1


def test_the_same_bytes_are_kept_once(city, table):
    for name in ("a.pdf", "b.pdf"):
        evidence.attach(table, "", upload(name), by=city.clerk)
    assert Evidence.objects.count() == 2
    assert Blob.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("page.html", b"<html>"),
        ("tool.exe", b"MZ"),
        ("no-suffix", PDF),
        ("photo.jpg", PDF),
        ("form.xlsx", PDF),
        ("form.xlsx", package("word/document.xml")),
        ("form.xlsx", b"PK\x03\x04 and no more"),
        ("macros.docx", package("word/document.xml", "word/vbaProject.bin")),
        ("report.pdf.svg", b"<svg>"),
    ],
)
def test_other_files_are_refused_and_nothing_is_kept(city, table, tmp_path, name, content):
    with pytest.raises(BadInput):
        evidence.attach(table, "", upload(name, content), by=city.clerk)
    assert Evidence.objects.count() == 0
    assert list(Path(tmp_path).rglob("*.*")) == []


@pytest.mark.parametrize(
    "name", ["form.xlsx", "letter.docx", "sealed.ofd", "all.zip", "PHOTO.JPG", "photo.png"]
)
def test_the_kinds_of_an_office_are_taken(city, table, name):
    begin = {
        "form.xlsx": package("xl/workbook.xml"),
        "letter.docx": package("word/document.xml"),
        "sealed.ofd": package("OFD.xml"),
        "all.zip": package("anything.txt"),
        "PHOTO.JPG": b"\xff\xd8\xff\xe0",
        "photo.png": b"\x89PNG\r\n\x1a\n",
    }[name]
    assert evidence.attach(table, "", upload(name, begin), by=city.clerk).file_name == name


def test_a_file_that_is_too_large_says_how_large_it_may_be(client, city, table, settings):
    settings.UPLOAD_LIMIT_BYTES = 2**20
    sign_in(client, city.clerk)
    response = client.post(
        reverse("evidence_add", args=[table.public_id]), {"file": upload(content=PDF + b"0" * 2**20)}
    )
    assert response.status_code == 422
    assert "1 MB" in response.content.decode()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\fakepath\\a.pdf", "a.pdf"),
        ("a\x00b\u202egpj.pdf", "abgpj.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        (".pdf", "file.pdf"),
    ],
)
def test_names_are_only_for_showing(given, kept):
    assert evidence.safe_name(given) in (kept, "pdf", "file")


def test_only_those_who_see_the_table_get_its_files(client, city, table):
    kept = evidence.attach(table, "", upload(), by=city.clerk)
    address = reverse("evidence_file", args=[kept.public_id])
    for name, status in (("department", 200), ("clerk2", 404), ("department2", 404), ("sysadmin", 404)):
        sign_in(client, city.people[name])
        assert client.get(address).status_code == status, name


def test_a_file_that_was_taken_back_is_gone_from_the_pages(client, city, table):
    kept = evidence.attach(table, "", upload(), by=city.clerk)
    sign_in(client, city.clerk)
    client.post(reverse("evidence_remove", args=[kept.public_id]))
    assert client.get(reverse("evidence_file", args=[kept.public_id])).status_code == 404
    assert Blob.objects.count() == 1


def test_nobody_but_the_clerk_attaches_and_nobody_to_a_table_under_review(client, city, table):
    address = reverse("evidence_add", args=[table.public_id])
    sign_in(client, city.department)
    assert client.post(address, {"file": upload()}).status_code == 403
    MonitoringTable.objects.filter(pk=table.pk).update(stage=Stage.DEPARTMENT, digest="x")
    sign_in(client, city.clerk)
    assert client.post(address, {"file": upload()}).status_code == 409
    assert client.post(address, {}).status_code == 422
    assert Evidence.objects.count() == 0


def test_a_file_lost_from_the_disk_is_a_plain_not_found(client, city, table, tmp_path):
    kept = evidence.attach(table, "", upload(), by=city.clerk)
    (tmp_path / kept.blob.path).unlink()
    sign_in(client, city.clerk)
    assert client.get(reverse("evidence_file", args=[kept.public_id])).status_code == 404
