"""Exact arithmetic inside the database, one meaning on SQLite and PostgreSQL.

Whole numbers only: no float, no numeric, no overflow. ratio() has a twin in Python, foundation.money.rate_of().
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Expression, ExpressionWrapper, F, Field, Func, Value
from django.db.models.functions import Cast, Greatest, Least
from django.db.models.sql.compiler import SQLCompiler

from foundation.money import FixedPointField, MeasureField, MoneyField, RateField

# 2·a·10^6 + b stays below 2^63 for a below 4.6·10^12 and b up to 4.6·10^15.
_FAST_LIMIT = 4_600_000_000_000
# From here on the ratio itself would leave bigint; it is held there (money.RATE_LIMIT).
_QUOTIENT_LIMIT = 9_000_000_000_000

# The first branch is the one nearly every row takes; the last divides in three steps of a thousand.
_SIGN = "(CASE WHEN (:a < 0) = (:b < 0) THEN 1 ELSE -1 END)"
_RATIO = f"""CASE WHEN :b > 0 AND :a >= 0 AND :a < {_FAST_LIMIT} THEN (2000000 * :a + :b) / (2 * :b)
 WHEN :b = 0 THEN NULL
 WHEN ABS(:a) / ABS(:b) >= {_QUOTIENT_LIMIT} THEN {_SIGN} * {_QUOTIENT_LIMIT}000000
 ELSE {_SIGN} * (ABS(:a) / ABS(:b) * 1000000
 + (ABS(:a) %% ABS(:b)) * 1000 / ABS(:b) * 1000
 + (2000 * ((ABS(:a) %% ABS(:b)) * 1000 %% ABS(:b)) + ABS(:b)) / (2 * ABS(:b))) END"""
_RATIO_PARTS = re.split(r":([ab])\b", _RATIO)


class _Ratio(Func):
    arity = 2
    output_field = BigIntegerField()

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        operands = dict(
            zip("ab", (compiler.compile(part) for part in self.get_source_expressions()), strict=True)
        )
        texts: list[str] = []
        values: list[Any] = []
        for position, part in enumerate(_RATIO_PARTS):
            if position % 2:
                part, params = operands[part]
                values.extend(params)
            texts.append(part)
        return f"({''.join(texts)})", tuple(values)


def ratio(numerator: Any, denominator: Any) -> Expression:
    """numerator / denominator in whole millionths, half up (away from zero), as an ORM expression.

    Both operands in the same unit: fields of one fixed-point type, aggregates of them, or whole numbers.
    Exact for |numerator| < 9.2·10^18 and |denominator| up to 4.6·10^15 steps; money within its bounds is.
    NULL when either is NULL or the denominator is 0. Held at ±9·10^18 where the ratio leaves bigint, so
    clamp it (least_of) before multiplying it by anything large.
    The operands appear several times in the text: annotate a costly one in an inner query first.
    """
    return _Ratio(raw_int(numerator), raw_int(denominator))


def raw_int(expression: Any) -> Expression:
    """The bigint a fixed-point expression is kept as: fen, millionths or ten-thousandths."""
    return Cast(_resolvable(expression), BigIntegerField())


def as_money(expression: Any) -> Expression:
    """Fen, read as Decimal yuan."""
    return _typed(expression, MoneyField())


def as_rate(expression: Any) -> Expression:
    """Millionths, read as a Decimal ratio: as_rate(ratio("paid", "budget"))."""
    return _typed(expression, RateField())


def as_measure(expression: Any) -> Expression:
    """Ten-thousandths, read as a Decimal measure."""
    return _typed(expression, MeasureField())


def money_value(amount: Decimal | int | None) -> Value:
    """A literal amount in yuan that may stand beside a MoneyField."""
    return Value(amount, output_field=MoneyField())


def rate_value(rate: Decimal | int | None) -> Value:
    """A literal ratio that may stand beside a RateField."""
    return Value(rate, output_field=RateField())


def least_of(*expressions: Any, output_field: Field[Any, Any] | None = None) -> Expression:
    """The smallest; NULL when any is NULL, on both engines (PostgreSQL's LEAST alone would skip NULL)."""
    return _LeastOf(*map(_resolvable, expressions), output_field=output_field)


def greatest_of(*expressions: Any, output_field: Field[Any, Any] | None = None) -> Expression:
    """The largest; NULL when any is NULL, on both engines."""
    return _GreatestOf(*map(_resolvable, expressions), output_field=output_field)


class _NullWins:
    """On PostgreSQL NULL among the operands makes the result NULL, as SQLite's MIN and MAX do."""

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        doubtful = [
            part
            for part in self.get_source_expressions()  # type: ignore[attr-defined]
            if not (isinstance(part, Value) and part.value is not None)
        ]
        sql, params = super().as_sql(compiler, connection, **extra)  # type: ignore[misc]
        tests: list[str] = []
        test_params: list[Any] = []
        for part in doubtful:
            text, values = compiler.compile(part)
            tests.append(f"{text} IS NULL")
            test_params.extend(values)
        if not tests:
            return sql, params
        return f"CASE WHEN {' OR '.join(tests)} THEN NULL ELSE {sql} END", (*test_params, *params)


class _LeastOf(_NullWins, Least):
    pass


class _GreatestOf(_NullWins, Greatest):
    pass


def _resolvable(expression: Any) -> Any:
    """A name as F, a number as Value; Decimal is refused, its unit would be a guess."""
    if isinstance(expression, str):
        return F(expression)
    if isinstance(expression, Decimal | float):
        raise TypeError("Give money_value() or rate_value(): a bare decimal has no unit.")
    return expression if hasattr(expression, "resolve_expression") else Value(expression)


def _typed(expression: Any, field: FixedPointField[Any, Any]) -> Expression:
    return ExpressionWrapper(_resolvable(expression), output_field=field)
