"""Prove that the audit trail is whole."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import audit, clock
from foundation.management.progress import bar
from foundation.models import AuditEvent


class Command(BaseCommand):
    help = (
        "Check every event of the audit trail against its seal and the head of the chain. "
        "Ends with 0 only when the trail is whole and agrees with every checkpoint of --anchor."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            type=Path,
            metavar="FILE",
            help=(
                "compare with the checkpoints in FILE (one JSON object a line), then add today's. Keep it on another "
                "machine or on paper: whoever rewrites the whole trail cannot rewrite that."
            ),
        )

    def handle(self, *args: Any, anchor: Path | None = None, **options: Any) -> None:
        verdict = audit.verify(bar())
        if not verdict.whole:
            raise CommandError(
                f"The audit trail is broken at event {verdict.first_bad}: {verdict.reason}. "
                f"{verdict.count} events before it hold."
            )
        if anchor is not None:
            self._compare(anchor, verdict)
        self.stdout.write(f"{verdict.count} events, whole. Head {verdict.digest}")

    def _compare(self, anchor: Path, verdict: audit.Verdict) -> None:
        checkpoints = _read(anchor)
        for checkpoint in checkpoints:
            _hold_against(checkpoint, verdict)
        newest = max((checkpoint["sequence"] for checkpoint in checkpoints), default=-1)
        if verdict.count > newest:
            line = {"sequence": verdict.count, "digest": verdict.digest, "at": clock.now().isoformat()}
            with anchor.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        self.stdout.write(f"{len(checkpoints)} checkpoints agree.")


def _read(anchor: Path) -> list[dict[str, Any]]:
    """The checkpoints kept so far; none when the file is not there yet."""
    if not anchor.exists():
        return []
    try:
        lines = anchor.read_text(encoding="utf-8").splitlines()
        checkpoints = [json.loads(line) for line in lines if line.strip()]
        return [{"sequence": int(point["sequence"]), "digest": str(point["digest"])} for point in checkpoints]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{anchor} holds no checkpoints: {error}") from error


def _hold_against(checkpoint: dict[str, Any], verdict: audit.Verdict) -> None:
    """Raise unless the trail still holds the event of the checkpoint under the digest it had."""
    sequence = checkpoint["sequence"]
    if sequence > verdict.count:
        raise CommandError(f"The trail ends at {verdict.count}, but a checkpoint knows event {sequence}.")
    kept = AuditEvent.objects.filter(sequence=sequence).values_list("digest", flat=True).first()
    if (kept or audit.GENESIS) != checkpoint["digest"]:
        raise CommandError(f"Event {sequence} is not the one a checkpoint knows: the trail was rewritten.")
