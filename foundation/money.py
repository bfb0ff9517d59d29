"""Decimals that stay exact on every engine: yuan, rates and measures kept as whole numbers.

SQLite keeps a decimal column as floating point and loses the fen; an integer column is exact everywhere
(docs/decisions/0001-money-is-integer-fen.md). In Python the values are Decimal, None is unknown, 0 is zero.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.expressions import Combinable, register_combinable_fields
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, Fault

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

YUAN_PER_WAN = Decimal(10_000)
MONEY_LIMIT = Decimal(10**13)
RATE_LIMIT = Decimal(9 * 10**12)
MEASURE_LIMIT = Decimal("99999999999.9999")

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_WIDE = Context(prec=60, traps=[InvalidOperation])
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 40
_AVERAGES = {models.Avg, models.StdDev, models.Variance}
_NARROW = str.maketrans("０１２３４５６７８９．，＋－％−﹣", "0123456789.,+-%--")

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)

if TYPE_CHECKING:

    class _TypedField(models.Field[_ST, _GT]): ...

else:

    class _TypedField(models.Field):
        def __class_getitem__(cls, types: Any) -> Any:
            return cls


class FixedPointField(_TypedField[_ST, _GT]):
    """A Decimal of fixed places, kept as a bigint of its smallest step.

    Stands beside IntegerField instead of below it: arithmetic then resolves to this type and not to
    an integer number of steps, and mixing money with plain numbers is refused by the ORM.
    Raises ValidationError for floats, NaN, Infinity, exponents, too many places, and values out of bounds.
    """

    _pyi_private_set_type: Decimal | int | str | Combinable
    _pyi_private_get_type: Decimal
    _pyi_lookup_exact_type: Decimal | int | str

    decimal_places: ClassVar[int]
    limit: ClassVar[Decimal]

    default_error_messages = {
        "invalid": _("Type a plain number such as 1234.5."),
        "places": _("At most %(places)s decimal places are kept."),
        "bounds": _("The number must lie between %(least)s and %(most)s."),
        "negative": _("The number must not be negative."),
    }

    def __init__(self, *args: Any, non_negative: bool = False, **kwargs: Any) -> None:
        self.non_negative = non_negative
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.non_negative:
            kwargs["non_negative"] = True
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    @property
    def max_digits(self) -> int:
        return len(str(int(self.limit))) + self.decimal_places

    @property
    def least(self) -> Decimal:
        """The smallest value allowed."""
        return Decimal(0) if self.non_negative else -self.limit

    @cached_property
    def validators(self) -> Any:
        return [*super().validators, MinValueValidator(self.least), MaxValueValidator(self.limit)]

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else self._exact(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return int(self._exact(value).scaleb(self.decimal_places, context=_EXACT))

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        steps = super().get_db_prep_save(value, connection)
        # Only here and in clean(): a comparison with a negative number is a fair question.
        if self.non_negative and isinstance(steps, int) and steps < 0:
            raise self._refusal("negative")
        return steps

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
        if type(expression) in _AVERAGES:
            raise FieldError(
                "An average is no whole step: divide a Sum by a Count with foundation.sql.ratio()."
            )
        # int from the column itself, Decimal from PostgreSQL's SUM(bigint).
        return None if value is None else Decimal(value).scaleb(-self.decimal_places)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else f"{value:f}"

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{
                "form_class": FixedPointFormField,
                "max_digits": self.max_digits,
                "decimal_places": self.decimal_places,
                "min_value": self.least,
                "max_value": self.limit,
                **kwargs,
            }
        )

    def _exact(self, value: Any) -> Decimal:
        """The value with this field's places, nothing rounded away."""
        number = self._decimal(value)
        if not number.is_finite():
            raise self._refusal("invalid")
        if number.copy_abs() > self.limit:
            raise self._refusal("bounds", least=f"{-self.limit:f}", most=f"{self.limit:f}")
        try:
            return number.quantize(Decimal(1).scaleb(-self.decimal_places), context=_EXACT)
        except (Inexact, InvalidOperation) as error:
            raise self._refusal("places", places=self.decimal_places) from error

    def _decimal(self, value: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and _PLAIN.fullmatch(value):
            return Decimal(value)
        raise self._refusal("invalid")

    def _refusal(self, code: str, **params: Any) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=params)


class MoneyField(FixedPointField[_ST, _GT]):
    """An amount in yuan with two places, kept as fen; |x| <= 10^13 yuan."""

    description = _("Amount in yuan")
    decimal_places = 2
    limit = MONEY_LIMIT


class RateField(FixedPointField[_ST, _GT]):
    """A ratio with six places, kept as millionths; 0.6532 means 65.32 %."""

    description = _("Ratio")
    decimal_places = 6
    limit = RATE_LIMIT


class MeasureField(FixedPointField[_ST, _GT]):
    """A measured value with four places, kept as ten-thousandths; |x| < 10^11."""

    description = _("Measured value")
    decimal_places = 4
    limit = MEASURE_LIMIT


for _field in (MoneyField, RateField, MeasureField):
    for _connector in (Combinable.ADD, Combinable.SUB):
        register_combinable_fields(_field, _connector, _field, _field)
    # A whole number of times an amount is an amount; -F("amount") is -1 times.
    register_combinable_fields(_field, Combinable.MUL, models.IntegerField, _field)
    register_combinable_fields(models.IntegerField, Combinable.MUL, _field, _field)


class FixedPointFormField(forms.DecimalField):
    """A number as people type it: grouping commas, full-width digits and spaces around are understood."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs take it for an integer
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return super().to_python(value)
        try:
            return read_number(str(value))
        except BadInput as error:
            raise ValidationError(error.faults[0].message, code="invalid") from error

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value


def read_number(text: str, *, allow_percent: bool = False, where: str = "") -> Decimal:
    """The number in "1,234.5", "１２３４．５", " -7 "; with `allow_percent` "95%" reads as 95.

    Raises BadInput (at `where`) for everything else, exponents included.
    """
    plain = text[:200].translate(_NARROW).strip()
    if allow_percent:
        plain = plain.removesuffix("%").rstrip()
    if len(plain) <= _LONGEST_NUMBER and (_PLAIN.fullmatch(plain) or _GROUPED.fullmatch(plain)):
        return Decimal(plain.replace(",", ""))
    raise BadInput(
        [Fault(where, _("Type a number such as 1,234.5 – digits, at most one decimal point, no unit."))]
    )


def parse_amount(text: str, *, places: int = 2, allow_percent: bool = False, where: str = "") -> Decimal:
    """An amount as typed, in the unit it was typed in.

    places: how many decimals may be given (two for yuan, six for 万元).
    Raises BadInput naming what to type; beyond 10^13 as well.
    """
    return _bounded(read_number(text, allow_percent=allow_percent, where=where), places, MONEY_LIMIT, where)


def parse_measure(text: str, *, allow_percent: bool = False, where: str = "") -> Decimal:
    """A measured value as typed, at most four places, |x| < 10^11; with `allow_percent` "95%" is 95.

    Raises BadInput naming what to type.
    """
    number = read_number(text, allow_percent=allow_percent, where=where)
    return _bounded(number, MeasureField.decimal_places, MEASURE_LIMIT, where)


def _bounded(number: Decimal, places: int, limit: Decimal, where: str) -> Decimal:
    if number.copy_abs() > limit:
        raise BadInput([Fault(where, _("This number is too large to be kept. Check the unit."))])
    try:
        return number.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    except (Inexact, InvalidOperation) as error:
        message = _("Type at most %(places)s decimal places.")
        raise BadInput([Fault(where, str(message) % {"places": places})]) from error


def half_up(number: Decimal, places: int) -> Decimal:
    """`number` with so many places; a half goes away from zero (0.005 → 0.01, -0.005 → -0.01)."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, context=_WIDE)


def quantize_rate(rate: Decimal) -> Decimal:
    """A ratio as RateField keeps it: six places, half up."""
    return half_up(rate, RateField.decimal_places)


def rate_of(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """numerator / denominator as a ratio of six places, half up; the twin of foundation.sql.ratio().

    None when either is None or the denominator is 0. Held at ±RATE_LIMIT, far above any rate that means something.
    """
    if numerator is None or not denominator:
        return None
    rate = quantize_rate(_WIDE.divide(numerator, denominator))
    return max(-RATE_LIMIT, min(RATE_LIMIT, rate))


def wan(amount: Decimal) -> Decimal:
    """Yuan as 万元, exact (six places): round only when shown."""
    return _WIDE.divide(amount, YUAN_PER_WAN)


def from_wan(amount_wan: Decimal) -> Decimal:
    """万元 as yuan, exact."""
    return _WIDE.multiply(amount_wan, YUAN_PER_WAN)


def money_bounds(field_name: str, model: str, *, non_negative: bool = False) -> models.CheckConstraint:
    """The database's own guard for a MoneyField, for Meta.constraints.

    model: the model's name in lower case; it makes the constraint's name unique. NULL passes.
    """
    return _bounds(field_name, model, MONEY_LIMIT, non_negative)


def measure_bounds(field_name: str, model: str, *, non_negative: bool = False) -> models.CheckConstraint:
    """The same for a MeasureField."""
    return _bounds(field_name, model, MEASURE_LIMIT, non_negative)


def _bounds(field_name: str, model: str, limit: Decimal, non_negative: bool) -> models.CheckConstraint:
    least = Decimal(0) if non_negative else -limit
    return models.CheckConstraint(
        condition=models.Q(**{f"{field_name}__gte": least, f"{field_name}__lte": limit}),
        name=f"{model}_{field_name}_within_bounds",
        violation_error_message=_("The number is out of bounds."),
    )
