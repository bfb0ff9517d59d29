"""The order of the tiers and what may be done at each: data, so that a bureau's chain is read, not coded.

Source: domain.md section 7; docs/rules/review-chain.md.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.choices import Tier
from monitoring.stages import EDITABLE_STAGES, Stage
from organisation.roles import Role


class Action(models.TextChoices):
    SUBMIT = "submit", _("Submitted")
    CONFIRM = "confirm", _("Confirmed by the unit head")
    APPROVE = "approve", _("Approved")
    RETURN = "return", _("Returned")
    WITHDRAW = "withdraw", _("Withdrawn")
    OBJECT = "object", _("Objection of the third party")
    RECALL = "recall", _("Taken back from the third party")


class Outcome(models.TextChoices):
    COMPLETED = "completed", _("Completed")
    RETURNED = "returned", _("Returned")
    WITHDRAWN = "withdrawn", _("Withdrawn")


CHAIN: tuple[Stage, ...] = (
    Stage.HEAD,
    Stage.DEPARTMENT,
    Stage.SECTION,
    Stage.PERFORMANCE,
    Stage.THIRD_PARTY,
)

# Who decides at a stage.
ROLE_AT: dict[str, Role] = {
    Stage.FILLING: Role.CLERK,
    Stage.RETURNED: Role.CLERK,
    Stage.HEAD: Role.HEAD,
    Stage.DEPARTMENT: Role.DEPARTMENT,
    Stage.SECTION: Role.SECTION,
    Stage.PERFORMANCE: Role.PERFORMANCE,
    Stage.THIRD_PARTY: Role.AUDITOR,
}

# The column of a table that names the node at which the role is held; an auditor's is the assignment.
NODE_AT: dict[str, str] = {
    Stage.FILLING: "unit_id",
    Stage.RETURNED: "unit_id",
    Stage.HEAD: "unit_id",
    Stage.DEPARTMENT: "department_id",
    Stage.SECTION: "section_id",
    Stage.PERFORMANCE: "division_id",
}

# Whose return reasons of the rule book a stage gives.
TIER_AT: dict[str, Tier] = {
    Stage.HEAD: Tier.UNIT,
    Stage.DEPARTMENT: Tier.DEPARTMENT,
    Stage.SECTION: Tier.SECTION,
    Stage.PERFORMANCE: Tier.PERFORMANCE,
    Stage.THIRD_PARTY: Tier.THIRD_PARTY,
}

# What may be done at a stage.
ACTIONS_AT: dict[str, tuple[Action, ...]] = {
    Stage.FILLING: (Action.SUBMIT,),
    Stage.RETURNED: (Action.SUBMIT,),
    Stage.HEAD: (Action.CONFIRM, Action.RETURN, Action.WITHDRAW),
    Stage.DEPARTMENT: (Action.APPROVE, Action.RETURN, Action.WITHDRAW),
    Stage.SECTION: (Action.APPROVE, Action.RETURN, Action.WITHDRAW),
    Stage.PERFORMANCE: (Action.APPROVE, Action.RETURN, Action.WITHDRAW),
    Stage.THIRD_PARTY: (Action.APPROVE, Action.OBJECT, Action.WITHDRAW, Action.RECALL),
    Stage.COMPLETED: (),
}

# The acts of a reviewer on a passage; whoever did one does none of them at another tier.
PASSING = (Action.CONFIRM, Action.APPROVE)
DECIDING = (*PASSING, Action.RETURN, Action.OBJECT)


def tier_after(stage: str, *, head: bool, performance: bool, third_party: bool) -> Stage:
    """The next stage of a table that passes `stage`; COMPLETED after the last.

    head, performance: whether the cycle has these tiers. third_party: whether this table goes to one.
    """
    left_out = set()
    if not head:
        left_out.add(Stage.HEAD)
    if not performance:
        left_out.add(Stage.PERFORMANCE)
    if not third_party:
        left_out.add(Stage.THIRD_PARTY)
    start = CHAIN.index(Stage(stage)) + 1 if stage in CHAIN else 0
    for tier in CHAIN[start:]:
        if tier not in left_out:
            return tier
    return Stage.COMPLETED


@dataclass(frozen=True)
class Route:
    """The way of one table through the chain.

    head, performance: tiers that the cycle has. third_party: whether this table still goes to one.
    resume_at: the tier that returned it last, the head's own returns left aside; None before any return.
    submitted_from: the stage its open passage was submitted from.
    """

    head: bool = False
    performance: bool = True
    third_party: bool = False
    resume_at: Stage | None = None
    submitted_from: Stage = Stage.FILLING

    def destination(self, action: str, stage: str) -> Stage:
        """Where `action` at `stage` leads.

        What was returned goes straight back to the tier that returned it, through the head where there is one.
        A third party never returns: it objects, and the finance bureau decides.
        """
        match action:
            case Action.RETURN:
                return Stage.RETURNED
            case Action.WITHDRAW:
                return self.submitted_from
            case Action.OBJECT | Action.RECALL:
                return Stage.PERFORMANCE if self.performance else Stage.SECTION
        following = tier_after(
            stage, head=self.head, performance=self.performance, third_party=self.third_party
        )
        from_the_unit = stage in (*EDITABLE_STAGES, Stage.HEAD)
        if from_the_unit and self.resume_at and following != Stage.HEAD:
            return self.resume_at
        return following
