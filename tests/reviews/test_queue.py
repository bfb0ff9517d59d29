"""The queue: filters and order from the address, pages by place, a constant number of queries."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse

from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from organisation.models import User
from reviews.queue import Queue
from tests.conftest import sign_in
from tests.reviews import steps


def listed(user, address="", **more):
    return [table.pk for table in Queue(user, QueryDict(address)).page().rows]


@pytest.fixture
def tables(city):
    """Five at the department, two of them with figures; one at the section; one of another department."""
    ids = steps.many_under_review(city.road_unit, 5, by=city.clerk)
    steps.figures(
        ids[0], composite="red", mismatch="money_ahead", execution_rate="0.95", gap="-0.35", score="40"
    )
    steps.figures(
        ids[1], composite="green", mismatch="consistent", execution_rate="0.50", gap="0.05", score="91"
    )
    steps.many_under_review(city.road_unit, 1, stage=Stage.SECTION, by=city.clerk)
    steps.many_under_review(city.school_unit, 1, by=city.clerk3)
    return ids


def test_what_waits_is_what_the_person_may_decide(city, tables):
    assert listed(city.department) == tables
    assert len(listed(city.department2)) == 1
    assert len(listed(city.people["section"])) == 1
    assert listed(city.people["performance"]) == []
    assert listed(city.clerk) == []


def test_all_under_review_is_what_the_person_sees(city, tables):
    assert len(listed(city.people["section"], "show=all")) == 7
    assert len(listed(city.department, "show=all")) == 6
    assert listed(city.department, "show=done") == []


@pytest.mark.parametrize(
    ("address", "places"),
    [
        ("light=red", [0]),
        ("mismatch=consistent", [1]),
        ("tier=department", [0, 1, 2, 3, 4]),
        ("tier=section", []),
        ("q=project", [0, 1, 2, 3, 4]),
        ("q=nothing+of+that+name", []),
        ("light=red&mismatch=consistent", []),
        # What is no filter is left aside.
        ("light=pink&tier=filling&department=1+or+1&cycle=", [0, 1, 2, 3, 4]),
        ("q=%00", [0, 1, 2, 3, 4]),
    ],
)
def test_filters_live_in_the_address(city, tables, address, places):
    assert listed(city.department, address) == [tables[place] for place in places]


def test_the_order_comes_from_a_list_of_allowed_ones(city, tables):
    assert listed(city.department, "sort=-rate")[:2] == [tables[0], tables[1]]
    assert listed(city.department, "sort=-gap")[:2] == [tables[0], tables[1]]
    assert listed(city.department, "sort=score")[-2:] == [tables[0], tables[1]]
    assert listed(city.department, "sort=cycle__rule_book__parameters") == tables


@pytest.mark.parametrize("sort", ["", "project", "-project", "rate", "-rate", "gap", "adjusted", "-score"])
def test_pages_by_place_show_every_row_once(city, sort):
    ids = steps.many_under_review(city.road_unit, 120, by=city.clerk)
    for pk in ids[::3]:
        steps.figures(pk, execution_rate=str(Decimal(pk % 7) / 10), gap="0.1", score="50")
    query = QueryDict(mutable=True)
    query["sort"] = sort
    pages = []
    while True:
        page = Queue(city.department, query).page()
        pages.append([table.pk for table in page.rows])
        if not page.following:
            break
        query["after"] = page.following
    assert [len(page) for page in pages] == [50, 50, 20]
    assert sorted(pk for page in pages for pk in page) == ids
    query.pop("after")
    query["before"] = page.preceding
    back = Queue(city.department, query).page()
    assert [table.pk for table in back.rows] == pages[1]
    query["before"] = back.preceding
    first = Queue(city.department, query).page()
    assert ([table.pk for table in first.rows], first.preceding) == (pages[0], "")


@pytest.mark.parametrize("cursor", ["x", "W10=", "WzEsMl0", "W251bGwsMV0=", "WyJ4IiwxXQ==", "a" * 2000])
def test_a_cursor_that_is_none_gives_the_first_page(city, tables, cursor):
    assert listed(city.department, f"after={cursor}&sort=rate") == listed(city.department, "sort=rate")


@pytest.mark.parametrize("number", [5, 120])
@pytest.mark.parametrize(
    ("address", "most"),
    # What waits comes with the checks across the department: its node, tables, exemptions, funded projects.
    [("", 15 + 4), ("?show=all&sort=-gap&light=grey&q=project", 15)],
)
def test_the_queue_takes_few_queries_however_long_it_is(
    client, city, number, address, most, django_assert_max_num_queries
):
    for pk in steps.many_under_review(city.road_unit, number, by=city.clerk):
        steps.figures(pk, composite="grey")
    sign_in(client, city.department)
    with django_assert_max_num_queries(most):
        response = client.get(reverse("review_queue") + address)
    assert response.status_code == 200
    assert len(response.context["tables"]) == min(number, 50)


def test_the_page_says_lights_in_words_and_shows_both_progresses(client, city, tables):
    sign_in(client, city.department)
    page = client.get(reverse("review_queue"), headers={"accept-language": "en"}).content.decode()
    assert "Red" in page
    assert "95.00%" in page
    assert "-35.00" in page
    assert 'name="pk"' in page


def test_an_empty_queue_says_what_to_do(client, city):
    sign_in(client, city.department)
    page = client.get(reverse("review_queue"), headers={"accept-language": "en"}).content.decode()
    assert "Nothing waits for you" in page


def test_the_next_table_keeps_the_filter_and_begins_again_at_the_end(city, tables):
    queue = Queue(city.department, QueryDict("light=red"))
    assert queue.next_after(MonitoringTable.objects.get(pk=tables[0])) is None
    whole = Queue(city.department, QueryDict(""))
    assert whole.next_after(MonitoringTable.objects.get(pk=tables[0])).pk == tables[1]
    assert whole.next_after(MonitoringTable.objects.get(pk=tables[4])).pk == tables[0]


def test_a_deactivated_person_has_no_queue(city, tables):
    User.objects.filter(pk=city.department.pk).update(is_active=False)
    assert listed(User.objects.get(pk=city.department.pk), "show=all") == []
