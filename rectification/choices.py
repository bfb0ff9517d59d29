"""States and option lists of rectification (domain.md section 8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FindingSource(models.TextChoices):
    SYSTEM = "system", _("System warning")
    DEPARTMENT = "department", _("Department")
    SECTION = "section", _("Business section")
    THIRD_PARTY = "third_party", _("Third party")
    KEY = "key", _("Key monitoring")


class TaskState(models.TextChoices):
    """With whom a task is."""

    ISSUED = "issued", _("Issued")
    ACKNOWLEDGED = "acknowledged", _("Signed for")
    RETURNED = "returned", _("Sent back for more")
    DEPARTMENT = "department", _("Department reviews the reply")
    BUREAU = "bureau", _("Bureau accepts")
    CLOSED = "closed", pgettext_lazy("task", "Closed")


# The unit may answer here.
WITH_THE_UNIT = (TaskState.ISSUED, TaskState.ACKNOWLEDGED, TaskState.RETURNED)


class TaskAction(models.TextChoices):
    RAISE = "raise", _("Raised")
    ACKNOWLEDGE = "acknowledge", _("Signed for the task")
    REPLY = "reply", _("Replied")
    PASS_ON = "pass_on", _("Reply passed on by the department")
    SEND_BACK = "send_back", _("Reply sent back")
    ACCEPT = "accept", _("Accepted")
    REFUSE = "refuse", _("Not accepted")
    RECORD_FUNDS = "funds", _("Fund action recorded")


class ReplyState(models.TextChoices):
    DONE = "done", _("Done")
    UNDER_WAY = "under_way", _("Under way")
    NOT_STARTED = "not_started", _("Not started")


class AcceptanceResult(models.TextChoices):
    PASSED = "passed", _("Passed")
    PARTLY = "partly", _("Partly passed")
    FAILED = "failed", _("Not passed")


class FundActionKind(models.TextChoices):
    RECOVER = "recover", _("Recovered")
    CUT = "cut", _("Cut")
    REALLOCATE = "reallocate", pgettext_lazy("fund action", "Re-allocated")
    SUSPEND = "suspend", _("Suspended")
