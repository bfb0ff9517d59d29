"""The wizard that opens a cycle: four steps on the server, state in the form, no script needed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from foundation import clock
from foundation.http import SignedInRequest
from monitoring import books, opening
from monitoring.cycle_forms import PeriodForm, ScopeForm, TiersForm
from monitoring.cycle_jobs import owe_recompute
from monitoring.models import RuleBook
from monitoring.periods import period
from monitoring.presenters import CHAIN_LABELS
from organisation.models import Division
from organisation.roles import Role
from organisation.scope import scope_of

STEPS = (
    gettext_lazy("Period and rules"),
    gettext_lazy("Tiers and windows"),
    gettext_lazy("Scope"),
    gettext_lazy("Check and open"),
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cycle_new(request: SignedInRequest) -> HttpResponse:
    """Open a cycle in four steps; what was entered so far stands in hidden fields."""
    division = _division_to_steer(request)
    if not RuleBook.objects.visible_to(request.user).published().exists():
        # A bureau that begins has no rules of its own yet: it is offered the example.
        books.shipped_book()
    if request.method != "POST":
        initial = {"year": clock.today().year, "month": 6}
        form = PeriodForm(None, user=request.user, division=division, initial=initial)
        return render(request, "monitoring/cycle_new.html", {"form": form, "step": 1, "steps": STEPS})
    return Wizard(request, division).answer()


def _division_to_steer(request: SignedInRequest) -> Division:
    steered = scope_of(request.user).at(Role.PERFORMANCE)
    if not steered:
        raise PermissionDenied
    user: Any = request.user
    return Division.objects.get(pk=user.division_id if user.division_id in steered else min(steered))


class Wizard:
    """One post of the wizard: checks the steps up to the one sent, shows the next, or the first that is wrong."""

    def __init__(self, request: SignedInRequest, division: Division) -> None:
        self.request, self.division = request, division
        sent = request.POST.get("step", "1")
        self.sent = int(sent) if sent in "1234" and sent else 1
        self.back = "back" in request.POST

    def answer(self) -> HttpResponse:
        user: Any = self.request.user
        period_form = PeriodForm(self.request.POST, user=user, division=self.division)
        if not period_form.is_valid() or self._stays(1):
            return self._show(1, period_form)
        asked = "opens_filling" in self.request.POST
        tiers = TiersForm(self.request.POST if asked else None, period=period_form.cleaned_data)
        if not asked or not tiers.is_valid() or self._stays(2):
            return self._show(2, tiers, period_form=period_form, wrong=asked and not self.back)
        asked = "exemptions" in self.request.POST
        scope = ScopeForm(
            self.request.POST if asked else None, division=self.division, period=period_form.cleaned_data
        )
        if not asked or not scope.is_valid() or self._stays(3):
            return self._show(3, scope, period_form=period_form, tiers=tiers, wrong=asked and not self.back)
        if self.sent < len(STEPS) or self.back:
            return self._show(4, scope, period_form=period_form, tiers=tiers, scope=scope)
        return self._open(period_form, tiers, scope)

    def _stays(self, step: int) -> bool:
        """Whether this is the step to show: one back, or the one that follows."""
        return self.sent - 1 <= step if self.back else self.sent < step

    def _show(self, step: int, form: Any, *, wrong: bool = True, **forms: Any) -> HttpResponse:
        context = {
            "form": form,
            "step": step,
            "steps": STEPS,
            "hidden": self._hidden(form if step < 4 else None),
        }
        context |= forms
        if scope := forms.get("scope"):
            funded = scope.funded.count()
            context |= {
                "funded": funded,
                "included": funded - len(scope.exempt),
                "exempt": scope.exempt,
                "windows": [(CHAIN_LABELS[window.stage], window) for window in forms["tiers"].windows()],
            }
        elif step == 3:
            context["funded"] = form.funded.count()
        status = 422 if wrong and form.is_bound and form.errors and not self.back else 200
        return render(self.request, "monitoring/cycle_new.html", context, status=status)

    def _hidden(self, form: Any) -> list[tuple[str, str]]:
        """Everything entered at the other steps."""
        shown = set(form.fields) if form else set()
        left_out = shown | {"csrfmiddlewaretoken", "step", "back"}
        return [(name, self.request.POST[name]) for name in self.request.POST if name not in left_out]

    def _open(self, period_form: PeriodForm, tiers: TiersForm, scope: ScopeForm) -> HttpResponse:
        given = period_form.cleaned_data
        with transaction.atomic():
            cycle = opening.open_cycle(
                self.division,
                year=given["year"],
                month=given["month"],
                rule_book=given["rule_book"],
                cut_off=given["cut_off"],
                windows=tiers.windows(),
                exemptions={project.pk: reason for project, reason in scope.exempt},
                head_tier=tiers.cleaned_data["head_tier"],
                performance_tier=tiers.cleaned_data["performance_tier"],
                third_party_tier=tiers.cleaned_data["third_party_tier"],
                by=self.request.user,
            )
            owe_recompute(cycle, self.request.user)
        messages.success(self.request, _("The cycle %(cycle)s is open.") % {"cycle": period(cycle)})
        return redirect("cycle_page", cycle.public_id)
