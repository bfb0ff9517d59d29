"""Time: the database's clock decides, days and deadlines are those of Shanghai.

Under settings.CLOCK = "process" (tests that freeze time) the clock is this process's own.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from django.conf import settings
from django.db import connection
from django.utils import timezone

ZONE = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5
_KNOWN_YEARS = frozenset(day.year for day in chinese_calendar.constants.holidays)


def now() -> datetime:
    """The database's time, aware, UTC. Read it after the lock is held, so that nobody waits themselves into time."""
    if uses_process_clock():
        return timezone.now()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0].astimezone(UTC)
        cursor.execute("SELECT strftime('%%Y-%%m-%%dT%%H:%%M:%%f+00:00', 'now')", [])
        return datetime.fromisoformat(cursor.fetchone()[0])


def uses_process_clock() -> bool:
    return getattr(settings, "CLOCK", "database") == "process"


def today() -> date:
    """The day it is in Shanghai."""
    return now().astimezone(ZONE).date()


def end_of_day(day: date) -> datetime:
    """The first instant after `day` in Shanghai; in time is whatever is before it.

    15 July 24:00 is 16 July 00:00.
    """
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZONE)


def last_day(deadline: datetime) -> date:
    """The last day in Shanghai that is still in time, for a deadline kept as the first instant that is too late."""
    return (deadline.astimezone(ZONE) - timedelta(microseconds=1)).date()


def is_past(deadline: datetime, *, at: datetime | None = None) -> bool:
    """Whether `deadline` (an exclusive instant) has come; `at` is the database's time unless given."""
    return (at or now()) >= deadline


def known_year(year: int) -> bool:
    """Whether the State Council's holidays of that year are known; else Monday to Friday are working days."""
    return year in _KNOWN_YEARS


def is_working_day(day: date) -> bool:
    """Whether offices work on `day`: weekends that make up for a holiday count, holidays do not."""
    if known_year(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < _SATURDAY


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after `day` (before it when negative); `day` itself when 0."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day
