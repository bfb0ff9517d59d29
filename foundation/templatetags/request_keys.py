"""{% request_key_field %}: the hidden field by which a form sent twice acts once."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.idempotency import FIELD, new_request_key

register = template.Library()


@register.simple_tag
def request_key_field() -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_request_key())
