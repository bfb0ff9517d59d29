from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from foundation import clock


@pytest.mark.django_db
def test_the_clock_is_the_databases(settings):
    settings.CLOCK = "database"
    with time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC)):
        read = clock.now()
    assert read.utcoffset() == timedelta(0)
    assert abs(read - timezone.now()) < timedelta(minutes=5)


@pytest.mark.django_db
def test_the_databases_clock_moves_within_a_transaction(settings):
    settings.CLOCK = "database"
    first = clock.now()
    while (second := clock.now()) == first:
        pass
    assert second > first


def test_a_test_may_stop_the_clock(settings):
    settings.CLOCK = "process"
    with time_machine.travel(datetime(2022, 7, 15, 15, 59, 59, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2022, 7, 15, 15, 59, 59, tzinfo=UTC)
        assert clock.today() == date(2022, 7, 15)
    with time_machine.travel(datetime(2022, 7, 15, 16, 0, tzinfo=UTC), tick=False):
        assert clock.today() == date(2022, 7, 16)


def test_the_deadline_day_itself_is_still_in_time(settings):
    """15 July 24:00 is 16 July 00:00 in Shanghai."""
    deadline = clock.end_of_day(date(2022, 7, 15))
    assert deadline == datetime(2022, 7, 15, 16, 0, tzinfo=UTC)
    last = datetime(2022, 7, 15, 23, 59, 59, 999999, tzinfo=clock.ZONE)
    assert not clock.is_past(deadline, at=last)
    assert clock.is_past(deadline, at=last + timedelta(microseconds=1))
    settings.CLOCK = "process"
    with time_machine.travel(last, tick=False):
        assert not clock.is_past(deadline)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2022-09-30", True),  # a Friday
        ("2022-10-01", False),  # the national holiday
        ("2022-10-07", False),  # its last day, a Friday
        ("2022-10-08", True),  # a Saturday that makes up for it
        ("2022-10-09", True),  # a Sunday that makes up for it
        ("2022-10-15", False),  # an ordinary Saturday
        ("2023-01-23", False),  # spring festival
    ],
)
def test_the_state_councils_holidays_hold(day, works):
    assert clock.is_working_day(date.fromisoformat(day)) is works


def test_years_not_published_yet_count_monday_to_friday_and_say_so():
    assert clock.known_year(2022)
    assert not clock.known_year(2099)
    assert clock.is_working_day(date(2099, 10, 1))  # a Thursday
    assert not clock.is_working_day(date(2099, 10, 3))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2022-09-30", 0, "2022-09-30"),
        ("2022-09-30", 1, "2022-10-08"),
        ("2022-09-30", 3, "2022-10-10"),
        ("2022-10-01", 1, "2022-10-08"),
        ("2022-10-08", -1, "2022-09-30"),
        ("2022-07-15", 10, "2022-07-29"),
        ("2022-12-30", 1, "2023-01-03"),
    ],
)
def test_working_days_are_counted_over_holidays(start, count, end):
    assert clock.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)
