"""The refusals: a rule that forbids (409) and input that cannot be read (422).

Not allowed at all is Django's PermissionDenied (403); not visible is Http404.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_OUT_OF_DATE = _("This page is out of date. Reload it and look again.")


class RuleError(Exception):
    """A rule forbids the act now: too late, already done, not in this state.

    code: a word for machines, stable across languages ("stale", "window_closed").
    message: one translatable sentence for the person; `params` fill its %(name)s places.
    """

    def __init__(self, code: str, message: _StrOrPromise, **params: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.params = params
        self._message = message

    @property
    def message(self) -> str:
        """The sentence in the language active now."""
        return str(self._message) % self.params if self.params else str(self._message)

    def __str__(self) -> str:
        return self.message


class StalePage(RuleError):
    """Somebody changed the thing after this page was shown."""

    def __init__(self, message: _StrOrPromise = _OUT_OF_DATE, **params: Any) -> None:
        super().__init__("stale", message, **params)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent.

    where: the field, cell or row address ("amount", "Sheet1!B7"), "" when it is the whole.
    message: what is wrong and what to send instead.
    """

    where: str
    message: _StrOrPromise


class BadInput(Exception):
    """What was sent cannot be read; `faults` names every place, so that all are put right in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: list[Fault] = list(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "; ".join(
            f"{fault.where}: {fault.message}" if fault.where else str(fault.message) for fault in self.faults
        )
