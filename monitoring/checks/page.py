"""The page docs/rules/checks.md, written from the register.

python -m monitoring.checks.page > docs/rules/checks.md
"""

import sys

import django
from django.conf import settings
from django.utils import translation

from monitoring.checks.registry import CHECKS, Check, Scope
from monitoring.choices import Severity

HEAD = """\
# Logic checks (逻辑校验)

Written from the register by `python -m monitoring.checks.page > docs/rules/checks.md`; a test
fails when it is out of date.

An **error** blocks submission. A **warning** lets a table through with an explanation, which every reviewer sees.
A **hint** is for reviewers only. Checks run on every save, on submission, on import and when payments are refreshed.
A rule book may give a check another severity or switch it off (`check_severities`), and holds the limits.
Amounts are shown in 万元.

What some are told: L07 and L19 hold the figures against those of the previous cycle. L08 holds those of a
table that is with its unit against the payments up to the last month of the cycle; a submitted table keeps
its figures. L14 takes the budget system's reason, else the unit's (`fund.<source>.change_note`). L50 knows
last year's rest from the row “carried over from last year”. The secrecy mark of L47 is always empty for
tables, because a project that carries one is refused at import; its words are looked for in every text. An
explanation is taken only for a finding that asks for one.
L40, L44, L45 and L48 look across a department: [review-chain.md](review-chain.md). L48 is silent as long as
departments hand in no table of their own.
"""

SEVERITY_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "hint"}
SCOPE_WORDS = {
    Scope.FUND: "each source of funds",
    Scope.INDICATOR: "each indicator",
    Scope.TABLE: "the table",
    Scope.DEPARTMENT: "the department",
}


def page() -> str:
    """The page as Markdown, in the language of the msgids."""
    with translation.override(None):
        parts = [HEAD, "| check | severity | looks at | title |\n|---|---|---|---|"]
        ordered = sorted(CHECKS.values(), key=lambda each: each.id)
        parts[-1] += "".join(f"\n{_line(each)}" for each in ordered)
        parts += [_section(each) for each in ordered]
    return "\n".join(parts) + "\n"


def _line(each: Check) -> str:
    severity = SEVERITY_WORDS[each.severity] + ("" if each.live else " (not live)")
    return f"| [{each.id}](#{each.id.lower()}) | {severity} | {SCOPE_WORDS[each.scope]} | {each.title} |"


def _section(each: Check) -> str:
    lines = [f"\n## {each.id}", f"{each.title} – {SEVERITY_WORDS[each.severity]}.", ""]
    if not each.live:
        lines += [f"Not live: {each.reason}.", ""]
    for code, (message, suggestion) in each.messages.items():
        lines.append(f"- `{code}`: {_open(str(message))} {_open(str(suggestion))}")
    return "\n".join(lines)


def _open(sentence: str) -> str:
    """A sentence with its places shown as {name}."""
    return sentence.replace("%(", "{").replace(")s", "}").replace("%%", "%")


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    django.setup()
    sys.stdout.write(page())
