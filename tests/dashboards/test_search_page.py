"""Search finds what may be seen, by code, name and pinyin, and not a row more."""

import pytest
from django.urls import reverse

from projects.naming import search_text
from tests import factories
from tests.conftest import sign_in


@pytest.fixture
def road(city):
    code = "37078222T999999999999"
    return factories.make_table(
        city.road_unit, code=code, name="农村公路养护", search_text=search_text(code, "农村公路养护")
    )


def found(client, text):
    return client.get(reverse("search"), {"q": text})


@pytest.mark.parametrize("text", ["公路", "nongcun", "ncgl", "37078222T9999", "NCGL", "农村 养护"])
def test_a_project_is_found_by_name_pinyin_and_code(client, city, road, text):
    sign_in(client, city.clerk)
    page = found(client, text)
    assert [project.name for project in page.context["found"].projects] == ["农村公路养护"]
    assert reverse("table_page", args=[road.public_id]) in page.content.decode()


def test_only_what_may_be_seen_is_found(client, city, road):
    seen = {"clerk", "head", "department", "section", "performance", "performance2", "leader"}
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        page = found(client, "农村公路")
        assert bool(page.context["found"].projects) == (name in seen), name
        assert ("农村公路养护" in page.content.decode()) == (name in seen), name


@pytest.mark.parametrize("text", ["", "   ", "\x00", "%", "no such thing", "x" * 500, "'; drop table"])
def test_odd_texts_find_nothing_and_break_nothing(client, city, road, text):
    sign_in(client, city.clerk)
    assert not found(client, text).context["found"].projects


def test_a_long_result_is_cut_and_says_so_at_the_same_cost(client, city, django_assert_max_num_queries):
    sign_in(client, city.performance)
    client.get("/")
    for number in range(25):
        factories.make_project(city.road_unit, name=f"Bridge {number}")
        if number in (2, 24):
            with django_assert_max_num_queries(10):
                page = found(client, "bridge")
    assert len(page.context["found"].projects) == 20
    assert page.context["found"].more
