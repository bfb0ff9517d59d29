"""The steps of the cycle wizard. Each checks its own part; what came before travels along as hidden fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from monitoring.books import rules_of
from monitoring.choices import Tier
from monitoring.models import Cycle, RuleBook
from monitoring.opening import Window, funded_projects
from monitoring.periods import months
from monitoring.presenters import CHAIN_LABELS
from monitoring.stages import Stage
from organisation.models import Division, User
from projects.models import BudgetProject

# Whose working days of the rule book a tier's window has; the unit head acts within the unit's.
TIER_OF_STAGE = {
    Stage.FILLING: Tier.UNIT,
    Stage.DEPARTMENT: Tier.DEPARTMENT,
    Stage.SECTION: Tier.SECTION,
    Stage.PERFORMANCE: Tier.PERFORMANCE,
    Stage.THIRD_PARTY: Tier.THIRD_PARTY,
}
OPTIONAL_TIERS = {
    Stage.HEAD: "head_tier",
    Stage.PERFORMANCE: "performance_tier",
    Stage.THIRD_PARTY: "third_party_tier",
}
WINDOW_STAGES = (
    Stage.FILLING,
    Stage.HEAD,
    Stage.DEPARTMENT,
    Stage.SECTION,
    Stage.PERFORMANCE,
    Stage.THIRD_PARTY,
)
MOST_EXEMPTIONS = 500
LONGEST_REASON = 300


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


class PeriodForm(forms.Form):
    """Step 1: which months of which year, until when payments count, under which rules."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    month = forms.TypedChoiceField(label=gettext_lazy("January to"), coerce=int)
    cut_off = forms.DateField(
        label=gettext_lazy("Cut-off date"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("Payments after it do not count. Left empty: the last day of the months."),
    )
    rule_book = forms.ModelChoiceField(
        label=gettext_lazy("Rule book"), queryset=RuleBook.objects.none(), empty_label=None
    )

    def __init__(self, data: QueryDict | None, *, user: User, division: Division, **given: Any) -> None:
        super().__init__(data, **given)
        self.division = division
        month: forms.TypedChoiceField = self.fields["month"]  # type: ignore[assignment]
        month.choices = [(number, months(number)) for number in range(1, 13)]
        books: forms.ModelChoiceField = self.fields["rule_book"]  # type: ignore[assignment]
        books.queryset = (
            RuleBook.objects.visible_to(user).published().order_by("-division_id", "name", "-version")
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        year, month, cut_off = cleaned.get("year"), cleaned.get("month"), cleaned.get("cut_off")
        if not year or not month:
            return cleaned
        if Cycle.objects.filter(division=self.division, year=year, month=month).exists():
            self.add_error("month", _("This cycle is open already."))
        cleaned["cut_off"] = cut_off or month_end(year, month)
        if cleaned["cut_off"].year != year:
            self.add_error("cut_off", _("The cut-off date lies in another year."))
        if not funded_projects(self.division, year).exists():
            self.add_error(
                "year", _("There is no project with a budget in this year. Import the budget first.")
            )
        return cleaned


class TiersForm(forms.Form):
    """Step 2: which tiers review, and from when until when each may act."""

    head_tier = forms.BooleanField(
        label=gettext_lazy("The unit head confirms before submission"), required=False
    )
    performance_tier = forms.BooleanField(
        label=gettext_lazy("The performance section reviews after the business section"),
        required=False,
        initial=True,
    )
    third_party_tier = forms.BooleanField(
        label=gettext_lazy("A third party reviews what is assigned to it"), required=False, initial=True
    )

    def __init__(self, data: QueryDict | None, *, period: dict[str, Any], **given: Any) -> None:
        super().__init__(data, **given)
        suggested = suggested_windows(period["rule_book"], period["cut_off"])
        for stage in WINDOW_STAGES:
            for edge, day in zip(("opens", "closes"), suggested[stage], strict=True):
                self.fields[f"{edge}_{stage}"] = forms.DateField(
                    widget=DayInput(), required=stage not in OPTIONAL_TIERS, initial=day
                )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        earlier: date | None = None
        for stage in self._stages(cleaned):
            opens, closes = cleaned.get(f"opens_{stage}"), cleaned.get(f"closes_{stage}")
            if not opens or not closes:
                if stage in OPTIONAL_TIERS and not self.has_error(f"opens_{stage}"):
                    self.add_error(f"closes_{stage}", _("Say from when until when this tier may act."))
                continue
            if closes < opens:
                self.add_error(f"closes_{stage}", _("The window closes before it opens."))
            if earlier and closes < earlier:
                self.add_error(f"closes_{stage}", _("It closes before the tier before it."))
            earlier = closes
        return cleaned

    @staticmethod
    def _stages(cleaned: dict[str, Any]) -> list[Stage]:
        return [stage for stage in WINDOW_STAGES if cleaned.get(OPTIONAL_TIERS.get(stage, ""), True)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """The tiers as the page lists them."""
        for stage in WINDOW_STAGES:
            yield {
                "stage": stage,
                "label": CHAIN_LABELS[stage],
                "optional": OPTIONAL_TIERS.get(stage, ""),
                "opens": self[f"opens_{stage}"],
                "closes": self[f"closes_{stage}"],
            }

    def windows(self) -> list[Window]:
        """The windows of the tiers that the cycle has."""
        cleaned = self.cleaned_data
        return [
            Window(stage, cleaned[f"opens_{stage}"], cleaned[f"closes_{stage}"])
            for stage in self._stages(cleaned)
        ]


def suggested_windows(book: RuleBook, cut_off: date) -> dict[str, tuple[date, date]]:
    """From the rule book's working days: every tier may act from the first day on, one closes after the other."""
    days = rules_of(book).tier_days
    opens = clock.today()
    if opens <= cut_off:
        opens = clock.add_working_days(cut_off, 1)
    closes = opens
    windows: dict[str, tuple[date, date]] = {}
    for stage in WINDOW_STAGES:
        tier = TIER_OF_STAGE.get(stage)
        if tier:
            closes = clock.add_working_days(closes, days[tier])
        windows[stage] = (opens, closes)
    return windows


class ScopeForm(forms.Form):
    """Step 3: every funded project is in, but for those exempt with a reason."""

    exemptions = forms.CharField(
        label=gettext_lazy("Exempt projects"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: the project's code, then the reason. May be pasted from a worksheet."
        ),
    )

    def __init__(
        self, data: QueryDict | None, *, division: Division, period: dict[str, Any], **given: Any
    ) -> None:
        super().__init__(data, **given)
        self.funded = funded_projects(division, period["year"])
        self.exempt: list[tuple[BudgetProject, str]] = []

    def clean_exemptions(self) -> str:
        text: str = self.cleaned_data["exemptions"]
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if len(lines) > MOST_EXEMPTIONS:
            raise forms.ValidationError(_("At most %(n)s projects can be exempt.") % {"n": MOST_EXEMPTIONS})
        split = [re.split(r"[\s,，;；]+", line, maxsplit=1) for line in lines]
        found = {
            project.code: project
            for project in self.funded.filter(code__in={parts[0] for parts in split}).select_related("unit")
        }
        faults = list(self._faults(split, found))
        if faults:
            raise forms.ValidationError(faults)
        self.exempt = [(found[code], reason.strip()) for code, reason in split]
        return text

    @staticmethod
    def _faults(split: list[list[str]], found: dict[str, BudgetProject]) -> Iterator[str]:
        seen: set[str] = set()
        for number, parts in enumerate(split, 1):
            where = {"n": number, "code": parts[0]}
            if parts[0] not in found:
                yield _("Line %(n)s: there is no funded project %(code)s in this year.") % where
            elif parts[0] in seen:
                yield _("Line %(n)s: %(code)s stands twice.") % where
            elif len(parts) < 2 or not parts[1].strip():
                yield _("Line %(n)s: give the reason why %(code)s is exempt.") % where
            elif len(parts[1]) > LONGEST_REASON:
                yield _("Line %(n)s: the reason is longer than 300 characters.") % where
            seen.add(parts[0])
