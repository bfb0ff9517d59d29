"""Which tables a third party gets: all red, all key projects, and a share of the rest drawn at random.

The draw depends on the seed and the project codes alone, so anybody can repeat it with a hash function.
Source: docs/rules/review-chain.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    """Why a table was handed to a third party."""

    RED = "red", _("Red light")
    KEY = "key", _("Key project")
    RANDOM = "random", _("Drawn at random")
    HAND = "hand", _("Chosen by hand")


def drawn_number(population: int, percent: int) -> int:
    """How many of `population` are drawn: the share rounded up, so that any share draws at least one."""
    return -(-population * percent // 100)


def draw(codes: Iterable[str], percent: int, seed: str) -> list[str]:
    """The project codes drawn: those whose SHA-256 of "seed:code" comes first, sorted by code."""
    ranked = sorted(set(codes), key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())
    return sorted(ranked[: drawn_number(len(ranked), percent)])
