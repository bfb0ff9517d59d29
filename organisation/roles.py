"""Who may hold which role, at which kind of node, and what the role grants there.

The three administrators (三员) keep apart: none of them holds another of the three or a business role.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLERK = "clerk", _("Unit clerk")
    HEAD = "head", _("Unit head")
    DEPARTMENT = "department", _("Department reviewer")
    SECTION = "section", _("Business section reviewer")
    PERFORMANCE = "performance", _("Performance section")
    LEADER = "leader", _("Bureau leader")
    AUDITOR = "auditor", _("Third-party auditor")
    SYSTEM_ADMIN = "sysadmin", _("System administrator")
    SECURITY_ADMIN = "secadmin", _("Security administrator")
    AUDIT_ADMIN = "auditadmin", _("Audit administrator")


class NodeKind(models.TextChoices):
    DIVISION = "division", _("Division")
    SECTION = "section", _("Business section")
    DEPARTMENT = "department", _("Department")
    UNIT = "unit", _("Budget unit")
    INSTITUTION = "institution", _("Third-party institution")


NODE_OF_ROLE: dict[str, NodeKind] = {
    Role.CLERK: NodeKind.UNIT,
    Role.HEAD: NodeKind.UNIT,
    Role.DEPARTMENT: NodeKind.DEPARTMENT,
    Role.SECTION: NodeKind.SECTION,
    Role.PERFORMANCE: NodeKind.DIVISION,
    Role.LEADER: NodeKind.DIVISION,
    Role.AUDITOR: NodeKind.INSTITUTION,
    Role.SYSTEM_ADMIN: NodeKind.DIVISION,
    Role.SECURITY_ADMIN: NodeKind.DIVISION,
    Role.AUDIT_ADMIN: NodeKind.DIVISION,
}

# The guardian permission each role holds on its node. An auditor's grants sit on engagements instead.
GRANT_OF_ROLE: dict[str, str] = {
    Role.CLERK: "fill_budgetunit",
    Role.HEAD: "confirm_budgetunit",
    Role.DEPARTMENT: "review_department",
    Role.SECTION: "review_businesssection",
    Role.PERFORMANCE: "steer_division",
    Role.LEADER: "oversee_division",
    Role.SYSTEM_ADMIN: "run_division",
    Role.SECURITY_ADMIN: "appoint_division",
    Role.AUDIT_ADMIN: "audit_division",
    Role.AUDITOR: "work_institution",
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
BUREAU = frozenset({Role.SECTION, Role.PERFORMANCE, Role.LEADER})


def may_hold_together(first: str, second: str) -> bool:
    """Whether one person may hold both roles at the same time."""
    if first == second:
        return True
    return first not in ADMINISTRATORS and second not in ADMINISTRATORS
