"""What a third-party auditor may see: what is assigned to an engagement of theirs, while it runs."""

from django.db.models import Q

from organisation.models import User
from organisation.scope import also_visible
from reviews.models import Assignment, Engagement


@also_visible("monitoring.MonitoringTable")
def assigned_tables(user: User) -> Q:
    """Tables assigned to the auditor's running engagements."""
    engagements = Engagement.objects.visible_to(user).in_force()
    return Q(pk__in=Assignment.objects.filter(engagement__in=engagements).values("table_id"))


@also_visible("projects.BudgetProject")
def assigned_projects(user: User) -> Q:
    """Projects of those tables."""
    engagements = Engagement.objects.visible_to(user).in_force()
    return Q(pk__in=Assignment.objects.filter(engagement__in=engagements).values("table__project_id"))
