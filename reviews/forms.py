"""The shape of what the review pages send; rules are asked by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from foundation.forms import FaultyForm
from monitoring.models import Cycle
from monitoring.periods import period
from organisation.models import Institution, User
from reviews.acts import TEXT_LIMIT
from reviews.remarks import REMARK_LIMIT


def reason_field() -> forms.CharField:
    """The code of a return reason. What the tier knows is asked by the service: a stale page may offer another's."""
    return forms.CharField(
        label=_("Reason for returning"), required=False, max_length=4, widget=forms.Select()
    )


class DecisionForm(FaultyForm):
    """One decision. The hidden fields say what the reviewer saw."""

    at = forms.CharField(max_length=12, widget=forms.HiddenInput)
    revision = forms.IntegerField(min_value=1, max_value=2**31, widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    action = forms.CharField(max_length=12)
    text = forms.CharField(
        label=_("Opinion"), required=False, max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 4})
    )
    score = forms.DecimalField(
        label=_("Score"), required=False, min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    code = reason_field()

    def __init__(
        self, *args: Any, reasons: list[tuple[str, str]], by_score: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.choices = [("", _("Choose when you return the table")), *reasons]
        self.order_fields(["code", "text", "score"])
        if not by_score:
            del self.fields["score"]
        if not reasons:
            del self.fields["code"]


class RemarkForm(FaultyForm):
    cell = forms.CharField(label=_("Where"), required=False, max_length=80)
    text = forms.CharField(label=_("Remark"), max_length=REMARK_LIMIT, widget=forms.Textarea({"rows": 3}))


class BulkForm(FaultyForm):
    """The act itself, after the preview; `seen` is packed by reviews.digests."""

    seen = forms.CharField(widget=forms.HiddenInput)
    action = forms.CharField(max_length=12, widget=forms.HiddenInput)
    code = reason_field()
    text = forms.CharField(
        label=_("Opinion"), required=False, max_length=TEXT_LIMIT, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, reasons: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.choices = [("", "—"), *reasons]
        if not reasons:
            del self.fields["code"]


def day_input() -> forms.DateInput:
    """The browser's own calendar, which reads and writes one form of date in every language."""
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class PeriodForm(FaultyForm):
    starts_on = forms.DateField(label=_("From"), widget=day_input())
    ends_on = forms.DateField(label=_("Until"), help_text=_("The last day counts."), widget=day_input())


def _to_engage_for(user: User) -> QuerySet[Cycle]:
    """Open cycles with a third-party tier; the newest stands chosen."""
    found = Cycle.objects.visible_to(user).open().filter(third_party_tier=True)
    return found.order_by("-year", "-month")


class EngagementForm(PeriodForm):
    cycle = forms.ModelChoiceField(Cycle.objects.none(), label=_("Cycle"), empty_label=None)
    institution = forms.ModelChoiceField(Institution.objects.none(), label=_("Third-party institution"))
    contract_no = forms.CharField(label=_("Contract number"), required=False, max_length=60)

    field_order = ["cycle", "institution", "contract_no", "starts_on", "ends_on"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, nodes in (
            ("cycle", _to_engage_for(user)),
            ("institution", Institution.objects.visible_to(user)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = nodes
        self.fields["cycle"].label_from_instance = period  # type: ignore[attr-defined]


class SampleForm(FaultyForm):
    percent = forms.IntegerField(label=_("Share of the rest, %"), min_value=0, max_value=100, initial=10)
    seed = forms.CharField(
        label=_("Seed"),
        required=False,
        max_length=40,
        help_text=_(
            "Leave it empty to have one made. With the seed, anybody can draw the same sample again."
        ),
    )


class CodesForm(FaultyForm):
    codes = forms.CharField(
        label=_("Project codes"),
        max_length=30_000,
        help_text=_("One a line, or separated by spaces."),
        widget=forms.Textarea({"rows": 4}),
    )
