"""What a person asks for, and what they had before their eyes when they asked."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, Fault
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from reviews.chain import Action

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

TEXT_LIMIT = 2000
SCORE_LIMIT = Decimal(100)
# Beside stage and revision, this much of a digest tells two states of a table apart.
SHORT_DIGEST = 16


class NotAllowed(PermissionDenied):
    """Not for this person, whatever the state: 403 with a word for machines and a sentence for people."""

    def __init__(self, code: str, message: _StrOrPromise, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self._message = message

    @property
    def message(self) -> str:
        """The sentence in the language active now."""
        return str(self._message) % self.params if self.params else str(self._message)

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Seen:
    """The state of a table as the page showed it. What is None was not on the page and is not compared.

    digest: of the submission, whole or its beginning.
    """

    stage: str
    revision: int | None = None
    digest: str | None = None
    version: int | None = None

    @classmethod
    def now(cls, table: MonitoringTable) -> Self:
        """What somebody who looks at this very row sees."""
        return cls(table.stage, table.revision, table.digest, table.version)

    def still_true(self, table: MonitoringTable) -> bool:
        return (
            self.stage == table.stage
            and self.revision in (None, table.revision)
            and (self.digest is None or self._same_digest(table))
            and self.version in (None, table.version)
        )

    def _same_digest(self, table: MonitoringTable) -> bool:
        if not self.digest:
            return not table.digest
        return len(self.digest) >= SHORT_DIGEST and table.digest.startswith(self.digest)


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one table or on many. code: of a return reason. score: 0–100, of a third party."""

    action: Action
    code: str = ""
    text: str = ""
    score: Decimal | None = None

    @classmethod
    def of(cls, action: str, *, code: str = "", text: str = "", score: Decimal | None = None) -> Self:
        """What was asked, complete or not; raises BadInput only when there is no such act."""
        if action not in Action.values:
            raise BadInput([Fault("action", _("There is no such act."))])
        return cls(Action(action), code if action == Action.RETURN else "", text.strip(), score)

    @classmethod
    def read(cls, action: str, *, code: str = "", text: str = "", score: Decimal | None = None) -> Self:
        """The same; raises BadInput with every fault when it is not complete."""
        act = cls.of(action, code=code, text=text, score=score)
        if faults := act.faults():
            raise BadInput(faults)
        return act

    def faults(self) -> list[Fault]:
        """What is wrong with its shape: no opinion where one is due, a score out of bounds."""
        faults = _faults_of_text(self.text)
        if self.action == Action.RETURN and not self.code:
            faults.append(Fault("code", _("Say why, with one of the reasons.")))
        if self.action in (Action.RETURN, Action.OBJECT, Action.RECALL) and not self.text:
            faults.append(Fault("text", _("Write what has to change.")))
        if self.score is not None and not (self.score.is_finite() and 0 <= self.score <= SCORE_LIMIT):
            faults.append(Fault("score", _("The score lies between 0 and 100.")))
        return faults

    def at(self, stage: str) -> Action:
        """The act's name at a stage: what others call approval is the head's confirmation."""
        if self.action == Action.APPROVE and stage == Stage.HEAD:
            return Action.CONFIRM
        return self.action


def read_text(text: str, *, limit: int, required: _StrOrPromise) -> str:
    """The text without surrounding spaces. Raises BadInput when it is empty (`required` says so) or cannot be kept."""
    text = text.strip()
    faults = _faults_of_text(text, limit) or ([] if text else [Fault("text", required)])
    if faults:
        raise BadInput(faults)
    return text


def _faults_of_text(text: str, limit: int = TEXT_LIMIT) -> list[Fault]:
    if len(text) > limit:
        return [Fault("text", _("Write at most %(n)s characters.") % {"n": limit})]
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t" for sign in text):
        return [Fault("text", _("The text holds characters that cannot be kept."))]
    return []
