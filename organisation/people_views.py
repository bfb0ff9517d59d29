"""People and their appointments, for administrators. Nobody acts on themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.errors import BadInput, RuleError
from foundation.http import SignedInRequest, get_visible_or_404
from organisation import accounts, appointments
from organisation.forms import AppointmentForm, EndForm, PersonForm, roles_open_to
from organisation.models import Appointment, Division, User
from organisation.people import ending_soon
from organisation.querysets import UserQuerySet
from organisation.roles import Role
from organisation.scope import scope_of

PAGE, NAMED = 50, 3
_NODES = ("division", "section", "department", "unit", "institution")
T = TypeVar("T")


@login_required
@require_GET
def people_list(request: SignedInRequest) -> HttpResponse:
    """People of the divisions administered, by user name: ?q, ?role, ?state, ?after."""
    by = _administrator(request)
    people = _filtered(User.objects.visible_to(by).exclude(division=None), request)
    if after := request.GET.get("after", ""):
        people = people.filter(username__gt=after[:150].replace("\x00", ""))
    held = Appointment.objects.in_force().select_related(*_NODES)
    found = list(people.prefetch_related(Prefetch("appointments", held, to_attr="held"))[: PAGE + 1])
    shown = found[:PAGE]
    for person in shown:
        person.further = max(len(person.held) - NAMED, 0)  # type: ignore[attr-defined]
    context = {
        "people": shown,
        "following": shown[-1].username if len(found) > PAGE else "",
        "role_choices": [*Role.choices, ("none", _("without a role")), ("ending", _("ends within 30 days"))],
        "state_choices": [("active", _("in use")), ("inactive", _("switched off"))],
        "active": list(_active(request)),
        "may_create": bool(scope_of(by).at(Role.SYSTEM_ADMIN)),
    }
    return render(request, "organisation/people_list.html", context)


@login_required
@require_GET
def person_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One person: appointments now and before, and what the reader may do about them."""
    by = _administrator(request)
    return _show(request, _person(by, pk), by)


@login_required
@require_http_methods(["GET", "POST"])
def person_new(request: SignedInRequest) -> HttpResponse:
    """Make an account; its first password is shown once, on the answer."""
    by = _administrator(request)
    divisions = Division.objects.filter(pk__in=scope_of(by).at(Role.SYSTEM_ADMIN))
    if not divisions:
        raise PermissionDenied
    form = PersonForm(request.POST or None, divisions=divisions)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = accounts.create_person(**form.cleaned_data, by=by)
        except BadInput as error:
            form.take(error)
        else:
            return _password_page(request, person, password, created=True)
    status = 422 if form.errors else 200
    return render(request, "organisation/person_new.html", {"form": form}, status=status)


@login_required
@require_POST
def person_password(request: SignedInRequest, pk: int) -> HttpResponse:
    """Set a first password again and show it once."""
    by = _administrator(request)
    person = _person(by, pk)
    return _password_page(request, person, accounts.reset_password(person, by=by), created=False)


@login_required
@require_POST
def person_deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    by = _administrator(request)
    person = accounts.deactivate(_person(by, pk), by=by)
    messages.success(request, _("The account of %(name)s is switched off.") % {"name": person})
    return redirect("person_page", person.pk)


@login_required
@require_POST
def person_reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    by = _administrator(request)
    person = accounts.reactivate(_person(by, pk), by=by)
    messages.success(request, _("The account of %(name)s is in use again.") % {"name": person})
    return redirect("person_page", person.pk)


@login_required
@require_http_methods(["GET", "POST"])
def appointment_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Appoint: first the role (?role=), then the node and the days."""
    by = _administrator(request)
    person = _person(by, pk)
    if person.pk == by.pk or not appointments.may_appoint(by, cast(int, person.division_id)):
        raise PermissionDenied
    roles = roles_open_to(person)
    role = request.GET.get("role", "")
    form = None
    if role in dict(roles):
        form = AppointmentForm(request.POST or None, role=role, by=by)
    if request.method == "POST" and form is not None and form.is_valid():
        given = dict(form.cleaned_data)
        node = given.pop("node")
        appoint = _refused_in(form, lambda: appointments.appoint(person, role, node, by=by, **given))
        if appoint is not None:
            messages.success(request, _("%(who)s is appointed.") % {"who": appoint})
            return redirect("person_page", person.pk)
    context = {"person_shown": person, "roles": roles, "role": role, "form": form}
    status = 422 if form is not None and form.errors else 200
    return render(request, "organisation/appointment_new.html", context, status=status)


@login_required
@require_POST
def appointment_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End an appointment on a day; today's end takes effect with the next request."""
    by = _administrator(request)
    appointment = get_visible_or_404(
        Appointment.objects.visible_to(by).select_related("user", *_NODES), pk=pk
    )
    form = EndForm(request.POST)
    if not form.is_valid():
        return _show(request, appointment.user, by, end_errors=form, status=422)
    appointments.end_appointment(appointment, by=by, on=form.cleaned_data["on"])
    messages.success(request, _("The appointment ends on %(day)s.") % {"day": appointment.ends_on})
    return redirect("person_page", appointment.user_id)


def _administrator(request: SignedInRequest) -> User:
    """The reader, where they administer a division. Raises PermissionDenied for anybody else."""
    user = request.user
    if not scope_of(user).administered_divisions:
        raise PermissionDenied
    return user


def _person(by: User, pk: int) -> User:
    return get_visible_or_404(User.objects.visible_to(by), pk=pk)


def _show(
    request: SignedInRequest, person: User, by: User, *, end_errors: EndForm | None = None, status: int = 200
) -> HttpResponse:
    running = set(Appointment.objects.in_force().filter(user=person).values_list("pk", flat=True))
    rows = person.appointments.select_related(*_NODES, "appointed_by")
    may_appoint = person.pk != by.pk and appointments.may_appoint(by, cast(int, person.division_id))
    context = {
        "person_shown": person,
        "rows": [{"appointment": row, "running": row.pk in running, "pk_text": str(row.pk)} for row in rows],
        "facts": [
            (_("User name"), person.username),
            (_("Telephone"), person.phone or None),
            (_("Division"), person.division),
            (_("Account"), _("in use") if person.is_active else _("switched off")),
            (_("First password"), _("not changed yet") if person.must_change_password else _("changed")),
        ],
        "may_appoint": may_appoint,
        "may_switch": accounts.may_switch(person, by),
        "may_reset": accounts.may_reset_password(person, by),
        "oneself": person.pk == by.pk,
        "end_form": end_errors or EndForm(),
    }
    return render(request, "organisation/person_page.html", context, status=status)


def _password_page(request: SignedInRequest, person: User, password: str, *, created: bool) -> HttpResponse:
    context = {"person_shown": person, "password": password, "created": created}
    return render(request, "organisation/person_password.html", context)


def _refused_in(form: Any, act: Callable[[], T]) -> T | None:
    """Do the act; what a rule forbids is shown in the form, and None returned."""
    try:
        return act()
    except BadInput as error:
        form.take(error)
    except RuleError as error:
        form.add_error(None, error.message)
    return None


def _filtered(people: UserQuerySet, request: SignedInRequest) -> QuerySet[User]:
    query = request.GET
    if text := query.get("q", "").replace("\x00", "").strip()[:100]:
        people = people.filter(Q(username__icontains=text) | Q(name__icontains=text))
    held = Appointment.objects.in_force().filter(user=OuterRef("pk"))
    role = query.get("role", "")
    if role in Role.values:
        people = people.filter(Exists(held.filter(role=role)))
    elif role == "none":
        people = people.filter(~Exists(held))
    elif role == "ending":
        people = people.filter(Exists(ending_soon().filter(user=OuterRef("pk"))))
    if (state := query.get("state")) in ("active", "inactive"):
        people = people.filter(is_active=state == "active")
    return people.order_by("username")


def _active(request: SignedInRequest) -> Any:
    roles = {**dict(Role.choices), "none": _("without a role"), "ending": _("ends within 30 days")}
    states = {"active": _("in use"), "inactive": _("switched off")}
    if text := request.GET.get("q", "").strip():
        yield "q", _("Name"), text
    if (role := request.GET.get("role", "")) in roles:
        yield "role", _("Role"), roles[role]
    if (state := request.GET.get("state", "")) in states:
        yield "state", _("Account"), states[state]
