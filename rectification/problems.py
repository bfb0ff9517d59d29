"""Names of problem types, from the rule book, in the reader's language."""

from django.utils.translation import get_language

from monitoring.books import rules_of
from monitoring.models import RuleBook


def problem_names(book: RuleBook) -> dict[str, str]:
    """Code → name of every problem type of the book."""
    chinese = (get_language() or "zh").startswith("zh")
    return {problem.code: problem.zh if chinese else problem.en for problem in rules_of(book).problem_types}
