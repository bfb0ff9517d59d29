"""What administrators type: a new account, an appointment, the day it ends. Rules are checked in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.forms import FaultyForm
from organisation.models import (
    Appointment,
    BudgetUnit,
    BusinessSection,
    Department,
    Division,
    Institution,
    User,
)
from organisation.roles import NODE_OF_ROLE, NodeKind, Role, may_hold_together
from organisation.scope import scope_of

_MODELS: dict[str, Any] = {
    NodeKind.DIVISION: Division,
    NodeKind.SECTION: BusinessSection,
    NodeKind.DEPARTMENT: Department,
    NodeKind.UNIT: BudgetUnit,
    NodeKind.INSTITUTION: Institution,
}


class PersonForm(FaultyForm):
    name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("To sign in with; small letters and digits are best."),
    )
    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)

    def __init__(self, *args: Any, divisions: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "username", "phone"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["division"] = forms.ModelChoiceField(
            label=_("Division"), queryset=divisions, initial=divisions.first(), empty_label=None
        )


class NodeField(forms.ModelChoiceField):
    """A node, named with its code."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.name}" if hasattr(obj, "code") else str(obj)


class AppointmentForm(FaultyForm):
    """The node and the days of one role."""

    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}))
    ends_on = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("The last day counts. Leave it open where no end is known."),
    )
    field_order = ["node", "starts_on", "ends_on"]

    def __init__(self, *args: Any, role: str, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = NODE_OF_ROLE[role]
        divisions = scope_of(by).at(Role.SECURITY_ADMIN)
        nodes = _MODELS[kind].objects.visible_to(by)
        nodes = (
            nodes.filter(pk__in=divisions)
            if kind == NodeKind.DIVISION
            else nodes.filter(division__in=divisions)
        )
        if kind in (NodeKind.SECTION, NodeKind.DEPARTMENT, NodeKind.UNIT):
            nodes = nodes.open()
        self.fields["node"] = NodeField(label=kind.label, queryset=nodes)
        self.order_fields(self.field_order)
        self.fields["starts_on"].initial = clock.today()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        starts_on, ends_on = given.get("starts_on"), given.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day lies before the first."))
        return given


class EndForm(forms.Form):
    on = forms.DateField(label=_("Last day"), widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.today()


def roles_open_to(user: User) -> list[tuple[str, str]]:
    """The roles that go together with what the person holds: an administrator holds no second role."""
    held = list(Appointment.objects.in_force().filter(user=user).values_list("role", flat=True))
    return [
        (role.value, str(role.label)) for role in Role if all(may_hold_together(each, role) for each in held)
    ]
