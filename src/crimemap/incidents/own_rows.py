"""Rows of a force's own records, with our names for columns, our offence types, months and positions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from crimemap.crs import NATIONAL_GRID, WGS84, to_wgs84
from crimemap.forces import force_name
from crimemap.incidents.clean import Draft, Numbers, Rule, numbers, only, quarantine_reasons, stripped
from crimemap.incidents.moments import uk_times
from crimemap.incidents.own_batches import GEOMETRY, Batch
from crimemap.incidents.own_source import OwnSource
from crimemap.incidents.places import microdegrees
from crimemap.incidents.police_uk import Rejected

__all__ = ["SortedBatch", "sort_batch"]

#: Degrees that are no position.
_NOWHERE: Final = 999.0

_TEXTS: Final = {
    "id": "crime_id",
    "location": "location",
    "lsoa_code": "lsoa_code",
    "lsoa_name": "lsoa_name",
    "outcome": "last_outcome",
    "context": "context",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedBatch:
    """
    A batch sorted into rows to store and rows for quarantine.

    Parameters
    ----------
    table
        Rows to store: what a file can give of the columns of incidents, `month`, `lon_e6` and `lat_e6` (null: no position).
    rejected
        Rows for quarantine, each with the month it is of, if that is known.
    outside
        How many rows lie outside the United Kingdom, or would with coordinates exchanged.
    placed
        How many rows have a position.
    """

    table: pa.Table
    rejected: list[tuple[str | None, Rejected]]
    outside: int
    placed: int


def sort_batch(batch: Batch, source: OwnSource, crs: CRS | None) -> SortedBatch:
    """Give a batch our columns, and say which of its rows cannot be stored."""
    n = batch.table.num_rows
    x, y, no_point = _positions(batch, source)
    longitude, latitude = _degrees(x.values, y.values, crs)
    at_all = np.isfinite(x.values) & np.isfinite(y.values)
    columns: dict[str, pa.Array] = {
        "longitude": pa.array(longitude, mask=~at_all),
        "latitude": pa.array(latitude, mask=~at_all),
    }
    for theirs, ours in _TEXTS.items():
        name = getattr(source.columns, theirs)
        columns[ours] = _text(batch, name) if name else pa.nulls(n, pa.string())
    columns["offence_type"], unmapped = _offence_types(_text(batch, source.columns.offence_type), source)
    times = _times(batch, source)
    columns |= times.columns
    columns["reported_by"] = columns["falls_within"] = pa.array([force_name(source.force)] * n, pa.string())
    before = (
        Rule(times.reason, _given(times.missing)),
        Rule("the incident ends before it begins", _given(times.backward)),
        Rule("a coordinate is not a number", _given(x.unreadable | y.unreadable)),
        Rule("the geometry is not a point", _given(no_point)),
        Rule("a coordinate is not finite", _given(_not_finite(x) | _not_finite(y))),
        Rule("only one of the two coordinates is given", _given(np.not_equal(x.missing, y.missing))),
        Rule("[offence_types] has no offence type for what the row says", _given(unmapped)),
    )
    draft = Draft(table=pa.table(columns), month=None, required=(("offence_type", "there is no offence type"),))
    first, reasons = quarantine_reasons(draft, before=before)
    bad = np.flatnonzero(first >= 0).tolist()
    months = columns["month"].take(pa.array(bad, pa.int64())).to_pylist()
    rejected = [
        (None if first[row] == 0 else month, Rejected(int(batch.lines[row]), reasons[first[row]], raw))
        for row, month, raw in zip(bad, months, batch.raw(bad) if bad else [], strict=True)
    ]
    rejected += [(None, Rejected(line, f"the row has {width} columns", raw)) for line, width, raw in batch.wrong_width]
    elsewhere = [number for number, reason in enumerate(reasons) if "swapped" in reason or "outside" in reason]
    table = draft.table.drop_columns(["longitude", "latitude"])
    table = table.append_column("lon_e6", _e6(longitude, at_all)).append_column("lat_e6", _e6(latitude, at_all))
    return SortedBatch(
        table=table.filter(pa.array(first < 0)),
        rejected=rejected,
        outside=int(np.isin(first, elsewhere).sum()),
        placed=int(at_all.sum()),
    )


def _given(mask: NDArray[np.bool_]) -> Callable[[Draft], NDArray[np.bool_]]:
    return partial(_same, mask)


def _same(mask: NDArray[np.bool_], _: Draft) -> NDArray[np.bool_]:
    return mask


def _not_finite(values: Numbers) -> NDArray[np.bool_]:
    return ~np.isfinite(values.values) & ~values.missing & ~values.unreadable


def _e6(degrees: NDArray[np.float64], at_all: NDArray[np.bool_]) -> pa.Array:
    inside = at_all & (np.abs(degrees) <= 180)  # noqa: PLR2004 - the range of degrees
    return pa.array(microdegrees(np.where(inside, degrees, 0.0)), mask=~inside)


def _text(batch: Batch, name: str) -> pa.Array:
    return stripped(only(batch.table[name]).cast(pa.string()))


def _positions(batch: Batch, source: OwnSource) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    n = batch.table.num_rows
    nowhere = np.zeros(n, dtype=np.bool_)
    if source.columns.position is not None:
        x, y = (_numbers(only(batch.table[name])) for name in source.columns.position)
        return x, y, nowhere
    if GEOMETRY not in batch.table.column_names:
        none = Numbers(np.full(n, np.nan), ~nowhere, nowhere)
        return none, none, nowhere
    import shapely  # noqa: PLC0415 - only GeoPackages need it

    held = only(batch.table[GEOMETRY])
    shapes = shapely.from_wkb(held.to_numpy(zero_copy_only=False), on_invalid="ignore")
    empty = held.is_null().to_numpy(zero_copy_only=False) | shapely.is_empty(shapes)
    point = ~empty & (shapely.get_type_id(shapes) == 0)
    xs, ys = shapely.get_x(shapes), shapely.get_y(shapes)
    return Numbers(xs, ~point, nowhere), Numbers(ys, ~point, nowhere), ~empty & ~point


def _numbers(column: pa.Array) -> Numbers:
    if pa.types.is_integer(column.type) or pa.types.is_decimal(column.type) or column.type == pa.float32():
        column = column.cast(pa.float64())
    return numbers(column)


def _degrees(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if crs is None or crs == WGS84:
        return x, y
    longitude, latitude = (
        to_wgs84(x, y) if crs == NATIONAL_GRID else Transformer.from_crs(crs, WGS84, always_xy=True).transform(x, y)
    )
    # A point so far off that it cannot be transformed is nowhere on Earth, and so outside the United Kingdom.
    off = np.isfinite(x) & np.isfinite(y) & ~(np.isfinite(longitude) & np.isfinite(latitude))
    return np.where(off, _NOWHERE, longitude), np.where(off, _NOWHERE, latitude)


def _offence_types(words: pa.Array, source: OwnSource) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Our offence type for each of the force's words, and which words have none."""
    none = np.zeros(len(words), dtype=np.bool_)
    if not source.offence_types:
        return words, none
    encoded = words.dictionary_encode()
    types = [source.offence_types.get(word, source.other_offence_type) for word in encoded.dictionary.to_pylist()]
    mapped = pa.array(types, pa.string()).take(encoded.indices)
    unmapped = mapped.is_null().to_numpy(zero_copy_only=False) & words.is_valid().to_numpy(zero_copy_only=False)
    return mapped, np.asarray(unmapped, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Times:
    columns: dict[str, pa.Array]
    missing: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    reason: str


def _times(batch: Batch, source: OwnSource) -> _Times:
    """Month and times. The month is that in which the incident began, by the clock on the wall."""
    n = batch.table.num_rows
    names = source.columns
    nothing = pa.nulls(n, pa.timestamp("us"))
    first, last = names.occurred_at or names.occurred_from, names.occurred_at or names.occurred_to
    start, unreadable = _read_times(batch, first, source) if first else (nothing, np.zeros(n, dtype=np.bool_))
    end, unreadable_end = (start, unreadable) if last == first else (nothing, np.zeros(n, dtype=np.bool_))
    if last and last != first:
        end, unreadable_end = _read_times(batch, last, source)
    if names.month:
        month = _text(batch, names.month)
        missing = unreadable | unreadable_end
    else:
        month = pc.strftime(start, format="%Y-%m")
        missing = start.is_null().to_numpy(zero_copy_only=False) | unreadable_end
    backward = pc.coalesce(pc.less(end, start), pa.scalar(value=False)).to_numpy(zero_copy_only=False)
    return _Times(
        {"month": month, "occurred_from": start, "occurred_to": end},
        missing,
        backward,
        "the time is missing or cannot be read",
    )


def _read_times(batch: Batch, name: str, source: OwnSource) -> tuple[pa.Array, NDArray[np.bool_]]:
    column = only(batch.table[name])
    times = uk_times(column, timezone=source.timezone, time_format=source.time_format)
    given = column.is_valid() if not pa.types.is_string(column.type) else stripped(column).is_valid()
    return times, np.logical_and(given.to_numpy(zero_copy_only=False), times.is_null().to_numpy(zero_copy_only=False))
