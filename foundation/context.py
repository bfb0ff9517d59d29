"""Who acts, from where, within which request: set at the doors, read by the audit trail and by jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from django.contrib.auth.models import _User


@dataclass(frozen=True, slots=True)
class Context:
    """One request or one job.

    find_actor: asked late, so that a page that needs nobody costs no query; None is nobody signed in.
    system: the name of what acts when nobody does ("system:sweep").
    """

    request_id: str = ""
    ip: str = ""
    session_key: str = ""
    system: str = "system"
    find_actor: Callable[[], _User | None] = lambda: None

    @property
    def actor(self) -> _User | None:
        return self.find_actor()


_NOTHING = Context()
_current: ContextVar[Context] = ContextVar("context", default=_NOTHING)


def current() -> Context:
    """What holds now; an empty context outside of requests and jobs."""
    return _current.get()


def actor() -> _User | None:
    """The person acting now, None for the system."""
    return current().actor


def request_id() -> str:
    return current().request_id


def new_request_id() -> str:
    return uuid4().hex


@contextmanager
def within(context: Context) -> Iterator[Context]:
    """Make `context` the current one for the block."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextmanager
def acting_as(
    user: _User | None, *, request_id: str = "", ip: str = "", system: str = "system"
) -> Iterator[Context]:
    """Let a job or a command act for `user`; None is `system` itself.

    request_id: of the request that asked for the work, so that both can be found together.
    """
    with within(
        Context(request_id=request_id or new_request_id(), ip=ip, system=system, find_actor=lambda: user)
    ) as context:
        yield context
