"""The dashboard: each person the figures of their own nodes, every number a way to its rows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboards.board import Board, board_of, coverage_href
from dashboards.reach import reach_of
from foundation.http import SignedInRequest
from foundation.templatetags.figures import points, rate, score
from monitoring.models import Cycle
from monitoring.periods import period
from monitoring.rates import time_progress
from monitoring.stages import NodeLevel
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of

CALM_ROWS = 10


@login_required
@require_GET
def dashboard(request: SignedInRequest) -> HttpResponse:
    """One page: coverage, chain, execution against time, lights, money, tasks. ?cycle, ?department, ?sort, ?all."""
    user = request.user
    reach = reach_of(user, request.GET.get("department", ""))
    cycles = list(Cycle.objects.visible_to(user).select_related("previous"))
    cycle = _chosen(cycles, request.GET.get("cycle", ""))
    context: dict[str, Any] = {
        "reach": reach,
        "cycle": cycle,
        "cycle_choices": [(each.public_id, period(each)) for each in cycles],
        "calm": _is_calm(user),
    }
    if cycle is not None:
        whole = not _is_calm(user) or bool(request.GET.get("all"))
        board = board_of(user, cycle, reach, request.GET.get("sort", ""))
        context |= {
            "board": board,
            "coverage_href": coverage_href(cycle) if board.coverage else "",
            "changes": changes(board),
            "departments": reach.below == NodeLevel.DEPARTMENT,
            "rows": board.rows if whole else board.rows[:CALM_ROWS],
            "whole": whole,
        }
    return render(request, "dashboards/dashboard.html", context)


def changes(board: Board) -> list[tuple[str, str, str]]:
    """What moved since the cycle before: (what, then, now); [] where there was none."""
    then, now, previous = board.previous, board.sums, board.cycle.previous
    if then is None or previous is None:
        return []
    return [
        (
            _("Execution against time, points"),
            points(then.lag(time_progress(previous.month))),
            points(board.lag),
        ),
        (_("Red lights"), rate(then.red_share), rate(now.red_share)),
        (_("Serious mismatch"), rate(then.serious_share), rate(now.serious_share)),
        (_("Mean score"), score(then.score), score(now.score)),
        (_("Filled by the system"), rate(then.filled_share), rate(now.filled_share)),
    ]


def _chosen(cycles: list[Cycle], public_id: str) -> Cycle | None:
    """The cycle of the address, else the newest."""
    return next((each for each in cycles if each.public_id == public_id), cycles[0] if cycles else None)


def _is_calm(user: User) -> bool:
    """A leader gets the page for five minutes, unless they steer the city as well."""
    roles = scope_of(user).roles
    return Role.LEADER in roles and Role.PERFORMANCE not in roles
