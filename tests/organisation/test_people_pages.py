"""People: kept by the system administrator, appointed by the security administrator, never by themselves."""

import re

import pytest
from django.urls import reverse

from foundation import clock
from foundation.models import AuditEvent
from organisation.models import Appointment, Division, User
from organisation.roles import Role
from organisation.scope import scope_of
from tests import factories
from tests.conftest import sign_in

ADMINISTRATORS = {"sysadmin", "secadmin", "auditadmin"}


@pytest.fixture
def elsewhere(city):
    """A person of another bureau."""
    division = Division.objects.create(code="370783", name="寿光市", is_bureau=True)
    return factories.make_person("stranger", division=division)


def page(city, name):
    return {
        "people_list": reverse("people_list"),
        "person_page": reverse("person_page", args=[city.clerk.pk]),
        "person_new": reverse("person_new"),
        "appointment_new": reverse("appointment_new", args=[city.clerk.pk]),
    }[name]


# Door → who gets in; everybody else of the cast is refused.
DOORS = {
    "people_list": ADMINISTRATORS,
    "person_page": ADMINISTRATORS,
    "person_new": {"sysadmin"},
    "appointment_new": {"secadmin"},
}


@pytest.mark.parametrize("door", DOORS)
def test_doors_of_people(client, city, door):
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        expected = 200 if name in DOORS[door] else 403
        assert client.get(page(city, door)).status_code == expected, f"{name} at {door}"


ACTS = [
    ("person_deactivate", {"sysadmin", "secadmin"}),
    ("person_password", {"sysadmin"}),
    ("appointment_end", {"secadmin"}),
]


@pytest.mark.parametrize(("act", "allowed"), ACTS)
def test_acts_on_people_are_refused_to_everybody_else(client, city, act, allowed):
    for name in {"clerk2", "performance", *ADMINISTRATORS} - allowed:
        sign_in(client, city.people[name])
        number = Appointment.objects.get(user=city.clerk).pk if act == "appointment_end" else city.clerk.pk
        answer = client.post(reverse(act, args=[number]), {"on": clock.today()})
        assert answer.status_code == 403, f"{name} at {act}"
    assert User.objects.get(pk=city.clerk.pk).is_active
    assert scope_of(User.objects.get(pk=city.clerk.pk)).roles == {Role.CLERK}


@pytest.mark.parametrize("administrator", sorted(ADMINISTRATORS))
def test_people_of_another_bureau_are_not_there(client, city, elsewhere, administrator):
    sign_in(client, city.people[administrator])
    assert client.get(reverse("person_page", args=[elsewhere.pk])).status_code == 404
    assert client.get(reverse("appointment_new", args=[elsewhere.pk])).status_code == 404
    for act in ("person_deactivate", "person_reactivate", "person_password"):
        assert client.post(reverse(act, args=[elsewhere.pk])).status_code == 404
    assert "stranger" not in client.get(reverse("people_list")).content.decode()


@pytest.mark.parametrize("administrator", ["sysadmin", "secadmin"])
def test_nobody_acts_on_themselves(client, city, administrator):
    person = city.people[administrator]
    sign_in(client, person)
    assert client.get(reverse("appointment_new", args=[person.pk])).status_code == 403
    assert client.post(reverse("person_deactivate", args=[person.pk])).status_code == 403
    assert client.post(reverse("person_password", args=[person.pk])).status_code == 403
    own = Appointment.objects.get(user=person)
    assert client.post(reverse("appointment_end", args=[own.pk]), {"on": clock.today()}).status_code == 403
    assert User.objects.get(pk=person.pk).is_active


def test_a_new_account_has_no_role_and_a_password_shown_once(client, city):
    sign_in(client, city.sysadmin)
    given = {"name": "王芳", "username": "WangFang", "phone": "", "division": city.division.pk}
    answer = client.post(reverse("person_new"), given)
    password = answer.context["password"]
    person = User.objects.get(username="wangfang")
    assert password in answer.content.decode()
    assert person.check_password(password)
    assert person.must_change_password
    assert not scope_of(person).roles
    assert password not in client.get(reverse("person_page", args=[person.pk])).content.decode()
    event = AuditEvent.objects.get(action="people.created")
    assert password not in str(event.after)
    client.logout()
    entered = client.post(reverse("sign_in"), {"username": "wangfang", "password": password})
    assert entered["Location"] == reverse("password_change")


@pytest.mark.parametrize("username", ["clerk", "CLERK", "two words", "", "a<b"])
def test_a_user_name_that_is_taken_or_none_is_refused_with_what_was_typed(client, city, username):
    sign_in(client, city.sysadmin)
    given = {"name": "王芳", "username": username, "division": city.division.pk}
    answer = client.post(reverse("person_new"), given)
    assert answer.status_code == 422
    assert "username" in answer.context["form"].errors
    assert "王芳" in answer.content.decode()


def test_an_account_is_not_made_in_another_bureau(client, city, elsewhere):
    sign_in(client, city.sysadmin)
    given = {"name": "王芳", "username": "wangfang", "division": elsewhere.division_id}
    assert client.post(reverse("person_new"), given).status_code == 422
    assert not User.objects.filter(username="wangfang").exists()


def test_the_security_administrator_appoints_and_ends(client, city):
    person = factories.make_person("newcomer", division=city.division)
    sign_in(client, city.secadmin)
    address = f"{reverse('appointment_new', args=[person.pk])}?role=clerk"
    assert city.road_unit.name in client.get(address).content.decode()
    answer = client.post(address, {"node": city.road_unit.pk, "starts_on": clock.today(), "ends_on": ""})
    assert answer["Location"] == reverse("person_page", args=[person.pk])
    assert scope_of(User.objects.get(pk=person.pk)).units == {city.road_unit.pk}
    appointment = Appointment.objects.get(user=person)
    assert appointment.appointed_by == city.secadmin
    client.post(reverse("appointment_end", args=[appointment.pk]), {"on": clock.today().isoformat()})
    assert not scope_of(User.objects.get(pk=person.pk)).roles
    assert AuditEvent.objects.filter(action="people.appointment_ended", actor=city.secadmin).count() == 1


def test_appointing_twice_is_refused_in_the_form(client, city):
    sign_in(client, city.secadmin)
    address = f"{reverse('appointment_new', args=[city.clerk.pk])}?role=clerk"
    answer = client.post(address, {"node": city.road_unit.pk, "starts_on": clock.today()})
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


@pytest.mark.parametrize("role", ["secadmin", "sysadmin", "auditadmin"])
def test_a_person_with_a_business_role_becomes_no_administrator(client, city, role):
    sign_in(client, city.secadmin)
    address = f"{reverse('appointment_new', args=[city.clerk.pk])}?role={role}"
    shown = client.get(address)
    assert shown.context["form"] is None
    assert role not in dict(shown.context["roles"])
    client.post(address, {"node": city.division.pk, "starts_on": clock.today()})
    assert not Appointment.objects.filter(user=city.clerk, role=role).exists()


def test_an_administrator_gets_no_second_role(client, city):
    sign_in(client, city.secadmin)
    shown = client.get(f"{reverse('appointment_new', args=[city.auditadmin.pk])}?role=clerk")
    assert dict(shown.context["roles"]).keys() == {"auditadmin"}
    assert shown.context["form"] is None


def test_nodes_of_another_bureau_are_not_offered(client, city, elsewhere):
    person = factories.make_person("newcomer", division=city.division)
    sign_in(client, city.secadmin)
    address = f"{reverse('appointment_new', args=[person.pk])}?role=leader"
    answer = client.post(address, {"node": elsewhere.division_id, "starts_on": clock.today()})
    assert answer.status_code == 422
    assert not Appointment.objects.filter(user=person).exists()


def test_whoever_is_switched_off_is_out_with_the_next_click_and_can_come_back(client, city):
    inside = type(client)()
    sign_in(inside, city.clerk)
    assert inside.get("/").status_code == 200
    sign_in(client, city.secadmin)
    client.post(reverse("person_deactivate", args=[city.clerk.pk]))
    assert inside.get("/").status_code == 302
    assert client.post(reverse("person_deactivate", args=[city.clerk.pk])).status_code == 409
    client.post(reverse("person_reactivate", args=[city.clerk.pk]))
    assert scope_of(User.objects.get(pk=city.clerk.pk)).roles == {Role.CLERK}


def test_a_first_password_is_set_again_but_never_an_administrators(client, city):
    sign_in(client, city.sysadmin)
    answer = client.post(reverse("person_password", args=[city.clerk.pk]))
    person = User.objects.get(pk=city.clerk.pk)
    assert person.check_password(answer.context["password"])
    assert person.must_change_password
    refused = client.post(reverse("person_password", args=[city.secadmin.pk]))
    assert refused.status_code == 409
    assert User.objects.get(pk=city.secadmin.pk).check_password("secret-of-tests")


def test_the_list_is_filtered_by_its_address_and_costs_the_same_however_long(
    client, city, django_assert_max_num_queries
):
    sign_in(client, city.secadmin)
    client.get(reverse("people_list"))
    for size in (5, 60):
        for number in range(size):
            factories.make_person(f"extra{size}x{number:03d}", Role.CLERK, city.road_unit)
        with django_assert_max_num_queries(12):
            page = client.get(reverse("people_list"))
    assert len(page.context["people"]) == 50
    following = client.get(reverse("people_list"), {"after": page.context["following"]})
    assert following.context["people"][0].username > page.context["people"][-1].username
    found = client.get(reverse("people_list"), {"role": "leader", "state": "active", "q": "lead"})
    assert [person.username for person in found.context["people"]] == ["leader"]
    without = client.get(reverse("people_list"), {"state": "inactive"})
    assert [person.username for person in without.context["people"]] == ["former"]


def test_first_passwords_have_no_look_alikes(client, city):
    sign_in(client, city.sysadmin)
    answer = client.post(reverse("person_password", args=[city.clerk.pk]))
    assert re.fullmatch(r"([a-hj-kmnp-z2-9]{4}-){3}[a-hj-kmnp-z2-9]{4}", answer.context["password"])
