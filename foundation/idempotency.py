"""A request sent twice acts once: double click, reload, retry after a cut line.

The answer is kept in the transaction of what it tells of, under the person and the key they sent.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, transaction
from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.errors import BadInput, Fault, RuleError
from foundation.models import IdempotencyKey

if TYPE_CHECKING:
    from django.contrib.auth.models import _User

    from foundation.http import SignedInRequest

HEADER = "Idempotency-Key"
FIELD = "request_key"
KEPT_HOURS = 48
_KEY = re.compile(r"[\x21-\x7e]{8,100}")
_NOT_CONTENT = {FIELD, "csrfmiddlewaretoken"}
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}

Answer = tuple[int, Any]


class KeyReused(BadInput):
    """The key came before with another request."""

    def __init__(self, where: str = HEADER) -> None:
        super().__init__(
            [Fault(where, _("This key was used for another request. Take a new one for each request."))]
        )


class KeyMissing(exceptions.APIException):
    """A write without the header that tells its repetition from another one."""

    status_code = 400
    default_code = "idempotency_key_required"
    default_detail = _(
        "Send an Idempotency-Key header of 8 to 100 visible ASCII characters with every write: a new one for each "
        "request, the same one when you repeat it."
    )


def once(user: _User, key: str, body: bytes | Mapping[str, Any], fn: Callable[[], Answer]) -> Answer:
    """Do fn at most once for a person and a key; returns its (status, answer as JSON), now or as kept.

    body: what was asked for. Raises KeyReused (422) when the key came with another body; RuleError
    "request_in_progress" (409) when the first is still under way. When fn raises, nothing is kept.
    """
    digest = hashlib.sha256(body if isinstance(body, bytes) else _canonical(body).encode()).hexdigest()
    with transaction.atomic():
        record = _take(user, key, digest)
        if record is None:
            return _kept(user, key, digest)
        status, answer = fn()
        # As text: a database may sort the members of an object, and the answer is to stay the same to the letter.
        record.status, record.response = status, json.dumps(answer, cls=DjangoJSONEncoder)
        record.save(update_fields=["status", "response"])
        return status, json.loads(record.response)


def _take(user: _User, key: str, digest: str) -> IdempotencyKey | None:
    """The row for a new key; None for one that is known.

    A second request waits here until the first has committed, and then finds its answer.
    """
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                user_id=user.pk, key=key, body_digest=digest, status=0, created_at=clock.now()
            )
    except IntegrityError:
        return None
    except OperationalError as error:
        raise RuleError(
            "request_in_progress",
            _("The same request is still being worked on. Look again in a few seconds."),
        ) from error


def _kept(user: _User, key: str, digest: str) -> Answer:
    record = IdempotencyKey.objects.get(user_id=user.pk, key=key)
    if record.body_digest != digest:
        raise KeyReused
    return record.status, json.loads(record.response or "null")


def forget_old() -> int:
    """Delete answers older than KEPT_HOURS; returns how many."""
    limit = clock.now() - timedelta(hours=KEPT_HOURS)
    return IdempotencyKey.objects.filter(created_at__lt=limit).delete()[0]


def new_request_key() -> str:
    """A key for the hidden field of one form."""
    return secrets.token_urlsafe(18)


def once_per_form(request: SignedInRequest, fn: Callable[[], Any]) -> Any:
    """What fn gives back (as JSON: the address to go to, what to show), done once for each form that was shown.

    The form carries {% request_key_field %}. Raises BadInput when it does not.
    """
    key = request.POST.get(FIELD, "")
    if not _KEY.fullmatch(key):
        raise BadInput([Fault(FIELD, _("This form is incomplete. Reload the page and send it again."))])
    body = {
        "path": request.path,
        "fields": {
            name: request.POST.getlist(name) for name in sorted(request.POST) if name not in _NOT_CONTENT
        },
        "files": {
            name: [_file_digest(file) for file in request.FILES.getlist(name)] for name in request.FILES
        },
    }
    return once(request.user, key, body, lambda: (200, fn()))[1]


class IdempotentWriteMixin:
    """For API views: every write needs an Idempotency-Key, and a repeated one gets the first answer."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        name = force_str(request.method).lower()
        handler = getattr(self, name, None)
        if request.method in _WRITES and handler is not None:
            if not _KEY.fullmatch(request.headers.get(HEADER, "")):
                raise KeyMissing
            # dispatch() looks the handler up after this, on the instance.
            setattr(self, name, partial(_answer_once, handler))


def _answer_once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    responses: list[Response] = []

    def act() -> Answer:
        responses.append(handler(request, *args, **kwargs))
        return responses[0].status_code, responses[0].data

    # initial() let nobody but the signed-in through.
    user = cast("_User", request.user)
    status, answer = once(user, request.headers[HEADER], _body(request), act)
    if not responses:
        return Response(answer, status, headers={"Idempotency-Replayed": "true"})
    responses[0].data = answer
    return responses[0]


def _body(request: Request) -> bytes | dict[str, Any]:
    """What the request asks for: method, address and content; files by their digest."""
    address = f"{request.method} {request.get_full_path()}"
    if not force_str(request.content_type).startswith("multipart/"):
        return f"{address}\n".encode() + request._request.body
    fields = cast(QueryDict, request.data)
    return {
        "address": address,
        "fields": {
            name: [
                _file_digest(value) if isinstance(value, UploadedFile) else str(value)
                for value in fields.getlist(name)
            ]
            for name in sorted(fields)
        },
    }


def _file_digest(file: UploadedFile) -> list[str]:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return [str(file.name), digest.hexdigest()]


def _canonical(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, cls=DjangoJSONEncoder)
