"""The months of a cycle in the reader's words: "Jan–Jun 2022", 2022年1—6月."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from monitoring.models import Cycle

LAST_MONTHS = (
    pgettext_lazy("last month of a cycle", "Jan"),
    pgettext_lazy("last month of a cycle", "Feb"),
    pgettext_lazy("last month of a cycle", "Mar"),
    pgettext_lazy("last month of a cycle", "Apr"),
    pgettext_lazy("last month of a cycle", "May"),
    pgettext_lazy("last month of a cycle", "Jun"),
    pgettext_lazy("last month of a cycle", "Jul"),
    pgettext_lazy("last month of a cycle", "Aug"),
    pgettext_lazy("last month of a cycle", "Sep"),
    pgettext_lazy("last month of a cycle", "Oct"),
    pgettext_lazy("last month of a cycle", "Nov"),
    pgettext_lazy("last month of a cycle", "Dec"),
)


def months(last: int) -> str:
    """January to the month `last`: "Jan–Jun"; January alone is "Jan"."""
    month = str(LAST_MONTHS[last - 1])
    return month if last == 1 else pgettext("months of a cycle", "Jan–%(month)s") % {"month": month}


def period(cycle: Cycle) -> str:
    """The months and the year of a cycle."""
    return _("%(months)s %(year)s") % {"months": months(cycle.month), "year": cycle.year}
