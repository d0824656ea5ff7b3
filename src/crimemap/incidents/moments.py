"""Times as files write them: ISO 8601 or a format of one's own, with or without an offset from UTC."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["UK_TIMEZONE", "uk_times", "utc_times"]

#: Times of incidents are kept as a clock on the wall shows them here; months begin when it says so.
UK_TIMEZONE: Final = "Europe/London"

_ISO: Final = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2})(?P<seconds>:\d{2})?(?:\.\d+)?(?P<offset>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?)?$"
)
_MICROSECONDS: Final = 60_000_000
#: 31 February is read as 3 March.
_MOST_OVERRUN: Final = 3


def utc_times(texts: pa.Array) -> pa.Array:
    """
    Read ISO 8601 times as UTC; those without an offset are taken to be UTC already.

    Returns
    -------
    pyarrow.Array
        timestamp[us] without a zone; null where there is none or it cannot be read.
    """
    naive, offset = _iso(texts)
    return pc.subtract(naive, _shift(offset))


def uk_times(column: pa.Array, *, timezone: str = UK_TIMEZONE, time_format: str | None = None) -> pa.Array:
    """
    Read times as a clock on the wall in the United Kingdom shows them.

    Parameters
    ----------
    column
        Text (ISO 8601, or in `time_format`), dates, or timestamps with or without a zone.
    timezone
        Of times that do not say it themselves.
    time_format
        As for `strptime`, for text that is not ISO 8601.

    Returns
    -------
    pyarrow.Array
        timestamp[us] without a zone; null where there is none or it cannot be read.
    """
    if pa.types.is_timestamp(column.type):
        if column.type.tz is not None:
            return _on_the_wall(column.cast(pa.timestamp("us", column.type.tz), safe=False))
        return _moved(column.cast(pa.timestamp("us"), safe=False), timezone)
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("us"))
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    if time_format is not None:
        return _moved(
            _of_the_calendar(pc.strptime(texts, format=time_format, unit="us", error_is_null=True), texts, time_format),
            timezone,
        )
    naive, offset = _iso(texts)
    if offset.null_count == len(offset):
        return _moved(naive, timezone)
    universal = pc.assume_timezone(pc.subtract(naive, _shift(offset)), "UTC")
    return pc.if_else(pc.is_null(offset), _moved(naive, timezone), _on_the_wall(universal))


def _iso(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    parts = pc.extract_regex(texts.cast(pa.string()), _ISO)
    day, clock, seconds, offset = (
        _null_if_empty(pc.struct_field(parts, name)) for name in ("day", "clock", "seconds", "offset")
    )
    whole = pc.binary_join_element_wise(
        pc.binary_join_element_wise(day, pc.coalesce(clock, pa.scalar("00:00")), " "),
        pc.coalesce(seconds, pa.scalar(":00")),
        "",
    )
    read = pc.strptime(whole, format="%Y-%m-%d %H:%M:%S", unit="us", error_is_null=True)
    # 30 February is read as 2 March: what is not written back as it was is no day of the calendar.
    same = pc.coalesce(pc.equal(pc.strftime(read, format="%Y-%m-%d"), day), pa.scalar(value=False))
    return pc.if_else(same, read, pa.scalar(None, pa.timestamp("us"))), offset


def _of_the_calendar(read: pa.Array, texts: pa.Array, time_format: str) -> pa.Array:
    """Take out days that no month has: they were read as one of the first three of the next, so only those are asked."""
    doubtful = pc.coalesce(pc.less_equal(pc.day(read), _MOST_OVERRUN), pa.scalar(value=False))
    wrong = _unreadable(pc.unique(texts.filter(doubtful)).to_pylist(), time_format)
    if not wrong:
        return read
    right = pc.invert(pc.is_in(texts, value_set=pa.array(wrong, pa.string())))
    return pc.if_else(right, read, pa.scalar(None, pa.timestamp("us")))


def _unreadable(texts: Sequence[str], time_format: str) -> list[str]:
    """Which times Python, which does know the calendar, cannot read; none where it does not know the format."""
    wrong = []
    for text in texts:
        try:
            datetime.strptime(text, time_format)  # noqa: DTZ007 - only whether it can be read is asked
        except ValueError:
            wrong.append(text)
    return wrong if len(wrong) < len(texts) or _knows(time_format) else []


def _knows(time_format: str) -> bool:
    some_day = pa.array([datetime(2024, 3, 1)], pa.timestamp("us"))  # noqa: DTZ001 - a day like any other
    try:
        datetime.strptime(pc.strftime(some_day, format=time_format)[0].as_py(), time_format)  # noqa: DTZ007
    except (ValueError, pa.ArrowInvalid):
        return False
    return True


def _null_if_empty(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _shift(offset: pa.Array) -> pa.Array:
    encoded = offset.dictionary_encode()
    known = [_minutes(text) * _MICROSECONDS for text in encoded.dictionary.to_pylist()]
    shifts = pa.array(known, pa.int64()).take(encoded.indices)
    return pc.coalesce(shifts, pa.scalar(0, pa.int64())).cast(pa.duration("us"))


def _minutes(offset: str) -> int:
    if offset == "Z":
        return 0
    digits = offset[1:].replace(":", "")
    return (-1 if offset[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:]))


def _moved(naive: pa.Array, timezone: str) -> pa.Array:
    if timezone == UK_TIMEZONE:
        return naive
    return _on_the_wall(pc.assume_timezone(naive, timezone, ambiguous="earliest", nonexistent="latest"))


def _on_the_wall(aware: pa.Array) -> pa.Array:
    return pc.local_timestamp(aware.cast(pa.timestamp("us", UK_TIMEZONE)))
