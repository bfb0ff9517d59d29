"""What people type on a task: shapes only; the rules are in handling and funds."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import FaultyForm
from foundation.money import MONEY_LIMIT, FixedPointFormField
from projects.choices import FundSource
from rectification.choices import AcceptanceResult, FundActionKind, ReplyState

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_DAY = forms.DateInput(attrs={"type": "date"})


def _amount(label: "_StrOrPromise", *, required: bool = False) -> FixedPointFormField:
    return FixedPointFormField(
        label=label,
        required=required,
        max_digits=16,
        decimal_places=2,
        max_value=MONEY_LIMIT,
        widget=forms.TextInput(attrs={"class": "amount", "inputmode": "decimal", "autocomplete": "off"}),
    )


class VersionForm(FaultyForm):
    """Every act carries the version of the task that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReplyForm(VersionForm):
    state = forms.ChoiceField(label=_("Progress"), choices=ReplyState)
    measures = forms.CharField(
        label=_("Measures taken"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    done_on = forms.DateField(label=_("Done on"), required=False, widget=_DAY)
    amount = _amount(_("Amount recovered, cut or re-allocated (yuan)"))
    responsible = forms.CharField(label=_("Person responsible"), max_length=60, required=False)
    file = forms.FileField(
        label=_("Evidence"), required=False, help_text=_("PDF, picture, Word or Excel file")
    )


class OpinionForm(VersionForm):
    text = forms.CharField(
        label=_("Opinion"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AcceptanceForm(OpinionForm):
    result = forms.ChoiceField(label=_("Result"), choices=AcceptanceResult)
    verified_amount = _amount(_("Verified amount (yuan)"))


class FundActionForm(FaultyForm):
    kind = forms.ChoiceField(label=_("Disposal"), choices=FundActionKind)
    fund_source = forms.ChoiceField(label=_("Source of funds"), choices=FundSource)
    amount = _amount(_("Amount (yuan)"), required=True)
    document_no = forms.CharField(label=_("Document number"), max_length=60)
    executed_on = forms.DateField(label=_("Executed on"), widget=_DAY)
