"""Files in the browser: offered, checked, shown with every error, then taken whole or not at all."""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from dashboards import imports
from foundation.jobs import run_until_idle
from projects.models import BudgetProject, ImportBatch, Payment
from tests.conftest import sign_in
from tests.projects import workbooks


@pytest.fixture
def importer(client, city):
    return sign_in(client, city.performance)


def offer(client, file):
    answer = client.post(reverse("import_list"), {"file": file})
    if answer.status_code == 302:
        run_until_idle()
    return answer


def shown(client, batch, **headers):
    return client.get(reverse("import_page", args=[batch.public_id]), headers=headers)


@pytest.mark.parametrize("door", ["import_list", "import_template"])
def test_only_the_performance_section_imports(client, city, door):
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        expected = 200 if name in ("performance", "performance2") else 403
        assert client.get(reverse(door)).status_code == expected, f"{name} at {door}"
    assert client.post(reverse("import_list"), {"file": workbooks.workbook()}).status_code == 403
    assert not ImportBatch.objects.exists()


def test_a_workbook_is_checked_shown_and_then_taken(importer):
    answer = offer(importer, workbooks.workbook())
    batch = ImportBatch.objects.get()
    assert answer["Location"] == reverse("import_page", args=[batch.public_id])
    page = shown(importer, batch)
    counted = {row["name"]: row["new"] for row in page.context["counts"]}
    assert counted["预算项目"] == counted["绩效指标"] == 1
    assert page.context["may_apply"]
    assert batch.sha256 in page.content.decode()
    assert ("资金来源", "1", 1000000) in page.context["controls"]
    assert not BudgetProject.objects.exists()

    importer.post(reverse("import_apply", args=[batch.public_id]))
    running = shown(importer, batch)
    assert running.context["live"]
    assert "every 1s" in running.content.decode()
    run_until_idle()
    assert BudgetProject.objects.get().name == "农村公路养护"
    done = shown(importer, batch)
    assert not done.context["may_apply"]
    assert "every 1s" not in done.content.decode()
    assert importer.post(reverse("import_apply", args=[batch.public_id])).status_code == 409

    offer(importer, workbooks.workbook())
    again = ImportBatch.objects.latest("pk")
    assert shown(importer, again).context["before"] == batch
    assert {row["new"] + row["changed"] for row in shown(importer, again).context["counts"]} == {0}

    offer(importer, workbooks.payments("1200.50", "300"))
    paid = ImportBatch.objects.latest("pk")
    assert shown(importer, paid).context["counts"][0]["new"] == 2
    importer.post(reverse("import_apply", args=[paid.public_id]))
    run_until_idle()
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_check_that_ends_while_the_page_is_made_never_leaves_it_waiting(importer, monkeypatch, moment):
    importer.post(reverse("import_list"), {"file": workbooks.workbook()})
    read = imports.job_of

    def read_at_that_moment(public_id):
        if moment == "before":
            run_until_idle()
        job = read(public_id)
        run_until_idle()
        return job

    monkeypatch.setattr(imports, "job_of", read_at_that_moment)
    page = shown(importer, ImportBatch.objects.get())
    assert page.context["may_apply"] or page.context["live"], "it offers the import, or asks again"


def test_all_errors_are_listed_with_sheet_row_and_column_and_can_be_downloaded(importer):
    funding = [
        {"project_code": workbooks.CODE, "source": "天上掉下", "initial": "-5"},
        {"project_code": "=1+1", "source": "一般公共预算", "initial": "12x"},
    ]
    offer(importer, workbooks.workbook(funding=funding))
    batch = ImportBatch.objects.get()
    page = shown(importer, batch)
    places = {(place.sheet, place.row, place.column) for place in page.context["places"]}
    assert {("资金来源", "2", "B"), ("资金来源", "3", "C")} <= places
    assert page.context["faults_total"] == len(page.context["places"])
    assert not page.context["may_apply"]
    assert importer.post(reverse("import_apply", args=[batch.public_id])).status_code == 409
    assert not BudgetProject.objects.exists()

    answer = importer.get(reverse("import_faults", args=[batch.public_id]))
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(page.context["places"]) + 1
    assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_secret_projects_are_only_counted_by_department(importer):
    offer(importer, workbooks.workbook(**workbooks.SECRET_ROWS))
    page = shown(importer, ImportBatch.objects.get())
    assert page.context["secret"] == [("市交通运输局", 1)]
    assert "不可说" not in page.content.decode()
    assert workbooks.SECRET_CODE not in page.content.decode()


@pytest.mark.parametrize("name", ["city.xls", "city.xlsm", "city.exe", "city"])
def test_a_file_of_another_sort_is_refused_at_the_door(importer, name):
    file = io.BytesIO(b"something")
    file.name = name
    answer = offer(importer, file)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not ImportBatch.objects.exists()


def test_a_file_too_large_is_refused_with_the_limit(importer, settings):
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    file = io.BytesIO(b"0" * (1024 * 1024 + 1))
    file.name = "city.xlsx"
    answer = offer(importer, file)
    assert answer.status_code == 422
    assert "1 MB" in str(answer.context["form"].errors["file"])


def test_a_workbook_that_is_none_says_so(importer):
    file = io.BytesIO(b"PK no workbook at all")
    file.name = "city.xlsx"
    offer(importer, file)
    page = shown(importer, ImportBatch.objects.get())
    assert page.status_code == 200
    assert len(page.context["places"]) == 1


def test_the_body_alone_answers_htmx(importer, city):
    with workbooks.workbook() as file:
        importer.post(reverse("import_list"), {"file": file})
    body = shown(importer, ImportBatch.objects.get(), **{"HX-Request": "true"}).content.decode()
    assert "<html" not in body
    assert 'id="import"' in body


def test_another_bureaus_files_are_not_there(client, city):
    from organisation.models import Division
    from organisation.roles import Role
    from tests import factories

    with workbooks.workbook() as file:
        sign_in(client, city.performance).post(reverse("import_list"), {"file": file})
    batch = ImportBatch.objects.get()
    division = Division.objects.create(code="370783", name="寿光市", is_bureau=True)
    sign_in(client, factories.make_person("stranger", Role.PERFORMANCE, division))
    assert shown(client, batch).status_code == 404
    for act in ("import_apply",):
        assert client.post(reverse(act, args=[batch.public_id])).status_code == 404
    assert client.get(reverse("import_faults", args=[batch.public_id])).status_code == 404


def test_the_empty_files_have_every_heading(importer):
    answer = importer.get(reverse("import_template"))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert "预算项目" in book.sheetnames
    heading = importer.get(reverse("import_template"), {"kind": "payments"}).content.decode("utf-8-sig")
    assert heading.startswith("凭证号,项目编码")
