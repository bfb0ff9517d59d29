"""The fixed-point fields in the API: amounts travel as text, so that no reader turns them into floats."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from foundation.money import MeasureField, MoneyField, RateField

# Up to here a float that was typed as a decimal still shows the digits that were typed.
_DIGITS_A_FLOAT_KEEPS = 15


class FixedPointSerializerField(serializers.DecimalField):
    """A DecimalField that takes no exponent, no NaN, and no float that has lost digits already."""

    def to_internal_value(self, data: Any) -> Decimal:
        text = str(data).strip()
        digits = text.lstrip("+-").replace(".", "", 1)
        if isinstance(data, bool) or not (digits.isascii() and digits.isdigit()):
            self.fail("invalid")
        if isinstance(data, float) and len(digits) > _DIGITS_A_FLOAT_KEEPS:
            self.fail("invalid")
        return super().to_internal_value(text)


def install() -> None:
    """Let ModelSerializer use it for every model field of foundation.money."""
    mapping = serializers.ModelSerializer.serializer_field_mapping
    for field in (MoneyField, RateField, MeasureField):
        mapping[field] = FixedPointSerializerField
