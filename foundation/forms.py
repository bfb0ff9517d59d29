"""Forms whose answers a service judges."""

from django import forms

from foundation.errors import BadInput


class FaultyForm(forms.Form):
    """A form that takes a service's faults to its fields."""

    def take(self, error: BadInput) -> None:
        """Show each fault at its field, or above the form when it has none."""
        for fault in error.faults:
            name = fault.where.partition(".")[0]
            self.add_error(name if name in self.fields else None, str(fault.message))
