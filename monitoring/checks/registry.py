"""The register of logic checks: who they are, how they are run, how a finding reads in the reader's language.

A finding keeps a code and plain parameters, no sentence: one found by a Chinese clerk reads well in English.
What each check looks at: docs/rules/checks.md
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.functional import Promise

from monitoring.choices import Light, Likelihood, Severity
from monitoring.facts import DepartmentFacts, TableFacts
from monitoring.rulebook import OFF, Rules
from projects.choices import FundSource

Sentence = str | Promise
Messages = tuple[Sentence, Sentence]

FOUND = "found"


class Scope(StrEnum):
    """What a check is called with before `rules`: fund and table, row and table, table, department."""

    FUND = "fund"
    INDICATOR = "indicator"
    TABLE = "table"
    DEPARTMENT = "department"


class Hit(NamedTuple):
    """What a check function yields: where, which of its messages, with what in it."""

    cell: str
    code: str = FOUND
    params: Mapping[str, Any] = {}
    # For the few checks that find worse and milder cases.
    severity: Severity | None = None


@dataclass(frozen=True)
class Check:
    id: str
    severity: Severity
    scope: Scope
    title: Sentence
    # code → (what is wrong, what to do about it)
    messages: Mapping[str, Messages]
    run: Callable[..., Iterable[Hit]]
    live: bool = True
    # Why it is not run yet.
    reason: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing a check found. `params` is plain JSON; `cell` an address of the form, "" for the whole."""

    check_id: str
    severity: Severity
    cell: str
    code: str = FOUND
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_explanation(self) -> bool:
        """Whether submitting asks for an explanation of it."""
        return self.severity == Severity.WARNING

    @property
    def title(self) -> str:
        return str(CHECKS[self.check_id].title)

    @property
    def message(self) -> str:
        return message_of(self.check_id, self.code, self.params)

    @property
    def suggestion(self) -> str:
        return suggestion_of(self.check_id, self.code, self.params)


CHECKS: dict[str, Check] = {}

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}
# Parameters whose value is a word of a list, shown by its label.
_LABELLED = {"source": FundSource, "light": Light, "likelihood": Likelihood}


def check(
    check_id: str,
    severity: Severity,
    scope: Scope,
    title: Sentence,
    *,
    live: bool = True,
    reason: str = "",
    **messages: Messages,
) -> Callable[[Callable[..., Iterable[Hit]]], Callable[..., Iterable[Hit]]]:
    """Register a check. messages: code=(what is wrong, what to do); `found` is the usual code."""

    def register(run: Callable[..., Iterable[Hit]]) -> Callable[..., Iterable[Hit]]:
        if check_id in CHECKS:
            raise ValueError(f"check {check_id} stands twice")
        CHECKS[check_id] = Check(check_id, severity, scope, title, messages, run, live, reason)
        return run

    return register


def run_checks(table: TableFacts, rules: Rules) -> list[Finding]:
    """Everything the live checks find on one table: errors first, then warnings, then hints."""
    findings = []
    for each in _active(rules, Scope.FUND):
        for fund in table.funds:
            findings += _found(each, each.run(fund, table, rules), rules)
    for each in _active(rules, Scope.INDICATOR):
        for row in table.indicators:
            if not row.dropped:
                findings += _found(each, each.run(row, table, rules), rules)
    for each in _active(rules, Scope.TABLE):
        findings += _found(each, each.run(table, rules), rules)
    return in_order(findings)


def run_department_checks(department: DepartmentFacts, rules: Rules) -> list[Finding]:
    """Everything the live checks find across the tables of one department."""
    findings = []
    for each in _active(rules, Scope.DEPARTMENT):
        findings += _found(each, each.run(department, rules), rules)
    return in_order(findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, warnings, hints; within each by check, then as found."""
    return sorted(findings, key=lambda finding: (_ORDER[finding.severity], finding.check_id))


def _active(rules: Rules, scope: Scope) -> list[Check]:
    off = {check_id for check_id, severity in rules.check_severities.items() if severity == OFF}
    return [each for each in _in_scope(scope) if each.id not in off]


def _in_scope(scope: Scope) -> list[Check]:
    return [each for each in CHECKS.values() if each.scope is scope and each.live]


def _found(each: Check, hits: Iterable[Hit], rules: Rules) -> list[Finding]:
    ordered = rules.check_severities.get(each.id)
    return [
        Finding(
            each.id,
            Severity(ordered) if ordered else hit.severity or each.severity,
            hit.cell,
            hit.code,
            hit.params,
        )
        for hit in hits
    ]


def message_of(check_id: str, code: str, params: Mapping[str, Any]) -> str:
    """What is wrong, in the reader's language. Knows findings saved by an earlier version too."""
    return _sentence(check_id, code, params, 0)


def suggestion_of(check_id: str, code: str, params: Mapping[str, Any]) -> str:
    """What to do about it, in the reader's language."""
    return _sentence(check_id, code, params, 1)


def _sentence(check_id: str, code: str, params: Mapping[str, Any], place: int) -> str:
    known = CHECKS.get(check_id)
    if known is None:
        return check_id
    if code not in known.messages:
        return str(known.title)
    return str(known.messages[code][place]) % _Shown(params)


class _Shown(dict[str, Any]):
    """Parameters as shown: words of a list by their label, what is missing as a dash."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__({name: _shown(name, value) for name, value in params.items()})

    def __missing__(self, name: str) -> str:
        return "—"


def _shown(name: str, value: Any) -> str:
    choices = _LABELLED.get(name)
    if choices is not None and value in choices.values:
        return str(choices(value).label)
    return str(value)
