"""The door: who comes in, where they land, in which language, and never outside this site."""

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from foundation.models import AuditEvent
from organisation.models import Notification, User
from organisation.notification_views import is_local
from organisation.notifications import notify
from tests.conftest import sign_in

PASSWORD = "secret-of-tests"


def enter(client, username, password=PASSWORD, **given):
    return client.post(reverse("sign_in"), {"username": username, "password": password, **given})


def test_signing_in_leads_to_my_work_and_is_recorded(client, city):
    answer = enter(client, "clerk")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("my_work")
    assert client.get("/").status_code == 200
    event = AuditEvent.objects.get(action="people.signed_in")
    assert event.actor_id == city.clerk.pk
    assert event.division_id == city.division.pk


def test_signing_in_leads_to_the_page_asked_for(client, city):
    asked = client.get(reverse("notification_list"))
    assert asked["Location"] == f"{reverse('sign_in')}?next={reverse('notification_list')}"
    answer = enter(client, "clerk", next=reverse("notification_list"))
    assert answer["Location"] == reverse("notification_list")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_outside(client, city, elsewhere):
    assert enter(client, "clerk", next=elsewhere)["Location"] == reverse("my_work")


@pytest.mark.parametrize(
    ("username", "password"), [("clerk", "wrong"), ("nobody", PASSWORD), ("former", PASSWORD)]
)
def test_a_wrong_name_a_wrong_password_and_a_deactivated_account_get_the_same_refusal(
    client, city, username, password
):
    answer = enter(client, username, password)
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("proxies", "seen"), [(0, "10.0.0.7"), (1, "1.2.3.4")])
def test_lockout_and_trail_go_by_the_address_that_our_own_proxy_saw(client, city, settings, proxies, seen):
    settings.TRUSTED_PROXIES, settings.AXES_ENABLED = proxies, True

    def from_there(password):
        invented = f"6.6.6.{len(password)}"
        return client.post(
            reverse("sign_in"),
            {"username": "clerk", "password": password},
            REMOTE_ADDR="10.0.0.7",
            headers={"x-forwarded-for": f"{invented}, 1.2.3.4"},
        )

    assert from_there(PASSWORD).status_code == 302
    assert AuditEvent.objects.get(action="people.signed_in").ip == seen
    client.logout()
    for tries in range(settings.AXES_FAILURE_LIMIT):
        last = from_there("wrong" + "!" * tries)
    assert last.status_code == 429
    assert AccessAttempt.objects.get().ip_address == seen
    assert from_there(PASSWORD).status_code == 429


def test_a_first_password_must_be_changed_before_anything_else(client, city):
    User.objects.filter(pk=city.clerk.pk).update(must_change_password=True)
    assert enter(client, "clerk", next="/jobs/")["Location"] == reverse("password_change")
    assert client.get("/")["Location"] == reverse("password_change")
    new = "lamp-on-the-cliff-7"
    answer = client.post(
        reverse("password_change"), {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )
    assert answer["Location"] == reverse("password_change_done")
    assert not User.objects.get(pk=city.clerk.pk).must_change_password
    assert client.get("/").status_code == 200
    assert AuditEvent.objects.filter(action="people.password_changed", actor=city.clerk).count() == 1


def test_signing_out_takes_a_click_and_forgets_the_language_of_this_machine(client, city):
    sign_in(client, city.clerk)
    assert client.get(reverse("sign_out")).status_code == 405
    answer = client.post(reverse("sign_out"))
    assert answer["Location"] == reverse("sign_in")
    assert answer.cookies["django_language"]["max-age"] == 0
    assert "_auth_user_id" not in client.session


def test_pages_speak_the_language_the_person_reads(client, city):
    User.objects.filter(pk=city.clerk.pk).update(language="en")
    answer = enter(client, "clerk")
    assert answer.cookies["django_language"].value == "en"
    assert b'<html lang="en"' in client.get("/").content


def test_a_language_chosen_before_signing_in_is_newer_than_the_remembered_one(client, city):
    client.post(reverse("set_language"), {"language": "en", "next": reverse("sign_in")})
    enter(client, "clerk")
    assert User.objects.get(pk=city.clerk.pk).language == "en"


def test_a_change_of_language_is_remembered(client, city):
    sign_in(client, city.clerk)
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/jobs/"})
    assert answer["Location"] == "/jobs/"
    assert User.objects.get(pk=city.clerk.pk).language == "en"
    client.post(reverse("set_language"), {"language": "xx"})
    assert User.objects.get(pk=city.clerk.pk).language == "en"


def test_a_change_of_language_never_leads_outside(client, city):
    sign_in(client, city.clerk)
    answer = client.post(reverse("set_language"), {"language": "en", "next": "https://evil.example/"})
    assert "evil" not in answer["Location"]


def test_opening_news_marks_it_as_read_and_goes_where_it_points(client, city):
    notify([city.clerk], "test.kind", key="1", url="/jobs/")
    news = Notification.objects.get()
    sign_in(client, city.clerk)
    assert client.get(reverse("notification_open", args=[news.pk]))["Location"] == "/jobs/"
    news.refresh_from_db()
    assert news.read_at is not None


def test_news_of_another_person_is_not_there(client, city):
    notify([city.clerk], "test.kind", key="1", url="/jobs/")
    sign_in(client, city.clerk2)
    assert client.get(reverse("notification_open", args=[Notification.objects.get().pk])).status_code == 404
    assert Notification.objects.get().read_at is None


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "///evil.example", "javascript:x", ""],
)
def test_news_never_leads_outside(client, city, url):
    assert not is_local(url)
    notify([city.clerk], "test.kind", key="1", url=url)
    sign_in(client, city.clerk)
    answer = client.get(reverse("notification_open", args=[Notification.objects.get().pk]))
    assert answer["Location"] == reverse("notification_list")


def test_all_news_can_be_read_at_once_and_the_list_has_pages(client, city, django_assert_max_num_queries):
    for number in range(60):
        notify([city.clerk], "test.kind", key=str(number))
    notify([city.clerk2], "test.kind", key="other")
    sign_in(client, city.clerk)
    client.get("/")
    with django_assert_max_num_queries(8):
        page = client.get(reverse("notification_list"))
    assert len(page.context["rows"]) == 50
    rest = client.get(reverse("notification_list"), {"after": page.context["following"], "unread": "1"})
    assert len(rest.context["rows"]) == 10
    assert client.post(reverse("notification_read_all")).status_code == 302
    assert Notification.objects.filter(read_at=None).count() == 1
    assert len(client.get(reverse("notification_list"), {"unread": "1"}).context["rows"]) == 0
