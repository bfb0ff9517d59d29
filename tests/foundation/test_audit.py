from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy

from foundation import audit, clock, context
from foundation.audit import Entry
from foundation.models import AuditEvent, AuditHead, Job, JobState
from tests.append_only import changes_allowed

D = Decimal
SHANGHAI_NOON = datetime(2022, 7, 15, 12, 0, 0, 5, tzinfo=clock.ZONE)


@pytest.fixture
def clerk(db):
    return get_user_model().objects.create_user("clerk", password="x")


def fill(count: int) -> list[AuditEvent]:
    return audit.record_many(
        Entry(action="tables.cell_saved", before={"actual": n}, after={"actual": n + 1}) for n in range(count)
    )


def tamper(number: int, /, **changes) -> None:
    with changes_allowed():
        assert AuditEvent.objects.filter(sequence=number).update(**changes) == 1


def test_an_event_tells_who_did_what_from_where(clerk):
    job = Job.objects.create(kind="recompute", key="2022-06", created_at=clock.now())
    with context.acting_as(clerk, request_id="request-1", ip="10.0.0.7"):
        event = audit.record(
            "jobs.cancelled", job, actor=clerk, before={"state": JobState.QUEUED}, after={"state": "cancelled"},
            reason="typed twice", division_id=7, on_behalf_of_name="王科长",
        )  # fmt: skip
    event = AuditEvent.objects.get(pk=event.pk)
    assert (event.sequence, event.action, event.actor, event.actor_name) == (
        1,
        "jobs.cancelled",
        clerk,
        str(clerk),
    )
    assert (event.target_kind, event.target_id, event.target_name) == (
        "foundation.job",
        str(job.pk),
        str(job),
    )
    assert (event.before, event.after) == ({"state": "queued"}, {"state": "cancelled"})
    assert (event.ip, event.request_id, event.division_id) == ("10.0.0.7", "request-1", 7)
    assert (event.reason, event.on_behalf_of_name) == ("typed twice", "王科长")
    assert (event.algorithm, event.schema_version) == ("sha256", 1)
    assert abs(event.at - clock.now()) < timedelta(minutes=1)


@pytest.mark.django_db
def test_the_system_acts_under_its_own_name():
    with context.acting_as(None, system="system:sweep"):
        event = audit.record("jobs.swept", None, actor=None)
    assert (event.actor_id, event.actor_name, event.target_kind) == (None, "system:sweep", "")


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["saved", "Tables.saved", "tables.", "tables.cell saved", ""])
def test_an_action_names_its_app_and_its_verb(action):
    with pytest.raises(ValueError):
        audit.record(action, None, actor=None)


@pytest.mark.django_db
def test_what_is_recorded_survives_both_databases_unchanged():
    hostile = {
        "amount": D("1E+3"), "rate": D("0.653200"), "float": 0.1, "nan": float("nan"), "when": SHANGHAI_NOON,
        "day": date(2022, 7, 15), "many": {3, 1, 2}, "pair": (None, True), "nested": {"z": [D("-0.00")], "a": {}},
        "lazy": gettext_lazy("time"), "nul": "a\x00b", "lone": "\ud800", "emoji": "🚦", "large": 10**30, 5: "five",
        "long": "字" * 5000,
    }  # fmt: skip
    event = audit.record("tables.saved", None, actor=None, after=hostile, reason="nul \x00 and \udfff")
    kept = AuditEvent.objects.get(pk=event.pk)
    assert kept.after == event.after == audit.plain(hostile)
    assert kept.after["amount"] == "1000"
    assert kept.after["when"] == "2022-07-15T04:00:00.000005+00:00"
    assert kept.after["nul"] == "a\ufffdb"
    assert audit.verify().whole


def test_canonical_json_has_one_spelling():
    east = timezone(timedelta(hours=8))
    one = {"b": 1, "a": [datetime(2022, 7, 16, 0, 0, tzinfo=east), D("2.50")], "字": None}
    other = {"字": None, "a": [datetime(2022, 7, 15, 16, 0, tzinfo=UTC), D("2.50")], "b": 1}
    assert audit.canonical(one) == audit.canonical(other)
    assert audit.canonical(one) == '{"a":["2022-07-15T16:00:00.000000+00:00","2.50"],"b":1,"字":null}'


@pytest.mark.django_db
def test_the_seal_of_version_one_never_changes():
    """A chain written today must be provable by every later version."""
    event = AuditEvent(
        sequence=1, at=datetime(2022, 7, 15, 4, 0, tzinfo=UTC), action="tables.cell_saved", actor_id=3,
        actor_name="李会计", division_id=1, target_kind="monitoring.monitoringtable", target_id="9", target_name="道路",
        before={"a": None}, after={"a": "1.00"}, reason="", ip="10.0.0.7", request_id="r", schema_version=1,
        algorithm="sha256", previous_digest=audit.GENESIS,
    )  # fmt: skip
    assert audit.digest_of(event) == "93cef615c3d879d74ae4be9472070bf408e294b5b9c23cc3b5f56e4f21761be3"


@pytest.mark.django_db
def test_too_long_names_are_cut_before_they_are_sealed():
    entry = Entry(action="a.b", target_name="名" * 400, on_behalf_of_name="n" * 400)
    event = audit.record_many([entry])[0]
    assert len(AuditEvent.objects.get(pk=event.pk).target_name) == 250
    assert audit.verify().whole


@pytest.mark.django_db
def test_an_event_goes_back_with_what_it_tells_of():
    fill(1)
    with transaction.atomic():
        fill(2)
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == 1
    assert fill(1)[0].sequence == 2
    assert audit.verify().count == 2


@pytest.mark.django_db
def test_many_events_cost_as_many_statements_as_one():
    fill(1)
    with CaptureQueriesContext(connection) as few:
        fill(2)
    with CaptureQueriesContext(connection) as many:
        fill(1060)
    assert len(many) == len(few) <= 4
    assert audit.verify() == audit.Verdict(True, 1063, AuditHead.objects.get().digest)


@pytest.mark.django_db
def test_no_events_is_no_statement():
    with CaptureQueriesContext(connection) as queries:
        assert audit.record_many([]) == []
    assert len(queries) == 0


@pytest.mark.django_db
def test_an_empty_trail_is_whole():
    assert audit.verify() == audit.Verdict(True, 0, audit.GENESIS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE foundation_auditevent SET reason = 'never mind' WHERE sequence = 1",
        "DELETE FROM foundation_auditevent WHERE sequence = 2",
        "TRUNCATE foundation_auditevent",
    ],
)
def test_the_database_refuses_to_change_the_trail(statement):
    if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
        statement = "DELETE FROM foundation_auditevent"
    fill(2)
    connection.check_constraints()
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        connection.cursor().execute(statement)
    assert audit.verify().count == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"after": {"actual": 99}}, {"before": None}, {"actor_name": "somebody"}, {"action": "tables.read"},
        {"at": SHANGHAI_NOON}, {"reason": "x"}, {"ip": "1.1.1.1"}, {"target_id": "8"}, {"division_id": 5},
        {"digest": "f" * 64}, {"previous_digest": "f" * 64}, {"algorithm": "none"}, {"schema_version": 9},
        {"request_id": "r"}, {"on_behalf_of_name": "x"}, {"target_kind": "x"}, {"target_name": "x"},
    ],
)  # fmt: skip
def test_an_edited_event_is_found(change):
    fill(5)
    tamper(3, **change)
    verdict = audit.verify()
    assert (verdict.whole, verdict.first_bad, verdict.count) == (False, 3, 2)
    assert verdict.reason


@pytest.mark.django_db
def test_an_edited_event_sealed_anew_breaks_the_next():
    fill(5)
    tamper(3, after={"actual": 99})
    tamper(3, digest=audit.digest_of(AuditEvent.objects.get(sequence=3)))
    assert audit.verify().first_bad == 4


@pytest.mark.django_db
def test_a_deleted_event_is_found():
    fill(5)
    with changes_allowed():
        AuditEvent.objects.filter(sequence=2).delete()
    assert audit.verify().first_bad == 2


@pytest.mark.django_db
def test_swapped_events_are_found():
    fill(5)
    tamper(2, sequence=20)
    tamper(3, sequence=2)
    tamper(20, sequence=3)
    assert audit.verify().first_bad == 2


@pytest.mark.django_db
def test_a_tail_that_was_cut_is_found():
    fill(5)
    with changes_allowed():
        AuditEvent.objects.filter(sequence__gt=3).delete()
    verdict = audit.verify()
    assert (verdict.whole, verdict.first_bad, verdict.count) == (False, 4, 3)


@pytest.mark.django_db
def test_events_slipped_in_behind_or_before_are_found():
    fill(2)
    event = AuditEvent.objects.get(sequence=2)
    for sequence, first_bad in ((3, 3), (0, 1)):
        stray = AuditEvent.objects.create(
            sequence=sequence,
            at=event.at,
            action="a.b",
            actor_name="x",
            previous_digest=event.digest,
            digest=str(sequence),
        )
        assert audit.verify().first_bad == first_bad
        with changes_allowed():
            stray.delete()
    assert audit.verify().whole


@pytest.mark.django_db
def test_a_head_that_was_put_back_or_removed_is_found():
    fill(3)
    AuditHead.objects.update(sequence=F("sequence") - 1, digest=AuditEvent.objects.get(sequence=2).digest)
    assert audit.verify().first_bad == 3
    AuditHead.objects.update(sequence=3, digest="0" * 64)
    assert not audit.verify().whole
    AuditHead.objects.all().delete()
    assert audit.verify().first_bad == 1


@pytest.mark.django_db
def test_verify_reads_in_pieces_and_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(audit, "_VERIFY_CHUNK", 10)
    fill(35)
    seen = []
    assert audit.verify(lambda checked, total: seen.append((checked, total))).count == 35
    assert seen == [(10, 35), (20, 35), (30, 35)]


def run(**options) -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_tells_the_count_and_the_head():
    fill(3)
    assert run() == f"3 events, whole. Head {AuditHead.objects.get().digest}\n"


@pytest.mark.django_db
def test_the_command_fails_and_names_the_first_bad_event():
    fill(3)
    tamper(2, reason="x")
    with pytest.raises(CommandError, match="event 2: was changed"):
        run()


@pytest.mark.django_db
def test_a_checkpoint_is_kept_and_compared(tmp_path):
    anchor = tmp_path / "anchor.jsonl"
    fill(2)
    run(anchor=anchor)
    run(anchor=anchor)
    fill(2)
    assert run(anchor=anchor).startswith("1 checkpoints agree.")
    points = [json.loads(line) for line in anchor.read_text().splitlines()]
    assert [point["sequence"] for point in points] == [2, 4]
    assert points[1]["digest"] == AuditHead.objects.get().digest


@pytest.mark.django_db
def test_a_trail_rewritten_from_the_start_disagrees_with_the_checkpoint(tmp_path):
    anchor = tmp_path / "anchor.jsonl"
    fill(3)
    run(anchor=anchor)
    with changes_allowed():
        AuditEvent.objects.all().delete()
    AuditHead.objects.all().delete()
    audit.record_many([Entry(action="tables.read") for _ in range(3)])
    assert run().startswith("3 events, whole.")
    with pytest.raises(CommandError, match="rewritten"):
        run(anchor=anchor)
    with changes_allowed():
        AuditEvent.objects.all().delete()
    AuditHead.objects.all().delete()
    with pytest.raises(CommandError, match="ends at 0"):
        run(anchor=anchor)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["nonsense", "{}", '{"sequence": "x", "digest": 1}', "[]"])
def test_a_file_without_checkpoints_is_refused(tmp_path, text):
    anchor = tmp_path / "anchor.jsonl"
    anchor.write_text(text)
    with pytest.raises(CommandError, match="holds no checkpoints"):
        run(anchor=anchor)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_make_one_chain():
    if connection.vendor != "postgresql":
        pytest.skip("needs row locks")
    start = threading.Barrier(6)

    def write() -> None:
        try:
            start.wait(10)
            for _ in range(10):
                with transaction.atomic():
                    fill(2)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = audit.verify()
    assert (verdict.whole, verdict.count) == (True, 120)
    times = list(AuditEvent.objects.order_by("sequence").values_list("at", flat=True))
    assert times == sorted(times)
