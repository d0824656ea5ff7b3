"""
The reader of data.police.uk files: street crime, outcomes, stop and search.

Columns are found by name: their order differs between years, early files lack some, and a few that nobody knows yet are
passed over. Text is stripped of outer blanks. Positions are kept as millionths of a degree, which is what is published.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crimemap.errors import UnreadableFileError
from crimemap.incidents.archive import Member
from crimemap.incidents.clean import OTHER_MONTH, SWAPPED, Draft, only, quarantine_reasons, stripped, words_where
from crimemap.incidents.csv_text import NUMBER, TEXT, WORDS, Parsed, header_of, parse, text_of
from crimemap.incidents.moments import utc_times
from crimemap.incidents.places import microdegrees

__all__ = ["COLUMNS", "CleanRows", "Rejected", "check_header", "clean_rows", "read_member"]

_OF_CRIMES_AND_OUTCOMES: Final = {
    "Crime ID": ("crime_id", TEXT),
    "Month": ("month", WORDS),
    "Reported by": ("reported_by", WORDS),
    "Falls within": ("falls_within", WORDS),
    "Longitude": ("longitude", NUMBER),
    "Latitude": ("latitude", NUMBER),
    "Location": ("location", WORDS),
    "LSOA code": ("lsoa_code", WORDS),
    "LSOA name": ("lsoa_name", WORDS),
}

#: For each kind of file: the column's name in it, ours, and how it is held.
COLUMNS: Final = MappingProxyType(
    {
        "street": {
            **_OF_CRIMES_AND_OUTCOMES,
            "Crime type": ("offence_type", WORDS),
            "Last outcome category": ("last_outcome", WORDS),
            "Context": ("context", WORDS),
        },
        "outcomes": {
            **_OF_CRIMES_AND_OUTCOMES,
            "Outcome type": ("outcome_type", WORDS),
        },
        "stop-and-search": {
            "Type": ("type", WORDS),
            "Date": ("occurred_at", TEXT),
            "Part of a policing operation": ("part_of_operation", WORDS),
            "Policing operation": ("operation", WORDS),
            "Latitude": ("latitude", NUMBER),
            "Longitude": ("longitude", NUMBER),
            "Gender": ("gender", WORDS),
            "Age range": ("age_range", WORDS),
            "Self-defined ethnicity": ("self_defined_ethnicity", WORDS),
            "Officer-defined ethnicity": ("officer_defined_ethnicity", WORDS),
            "Legislation": ("legislation", WORDS),
            "Object of search": ("object_of_search", WORDS),
            "Outcome": ("outcome", WORDS),
            "Outcome linked to object of search": ("outcome_linked_to_object", WORDS),
            "Removal of more than just outer clothing": ("removed_more_than_outer_clothing", WORDS),
        },
    }
)

#: Without these a file is not what its name says. The others came in over the years.
_NEEDED: Final = MappingProxyType(
    {
        "street": frozenset({"month", "longitude", "latitude", "location", "offence_type"}),
        "outcomes": frozenset({"crime_id", "month", "longitude", "latitude", "outcome_type"}),
        "stop-and-search": frozenset({"type", "occurred_at", "longitude", "latitude"}),
    }
)

#: A row without these says nothing: the column and the reason for quarantine.
_FILLED: Final = MappingProxyType(
    {
        "street": (("offence_type", "there is no offence type"),),
        "outcomes": (("outcome_type", "there is no outcome type"),),
        "stop-and-search": (("occurred_at", "the date and time cannot be read"),),
    }
)

#: As many columns that nobody knows are passed over; more of them, and it is another kind of file.
_STRANGE_COLUMNS: Final = 4
_FLAGS: Final = ("part_of_operation", "outcome_linked_to_object", "removed_more_than_outer_clothing")
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that goes to quarantine: its physical line from 1, the reason, its text."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRows:
    """
    The rows of a file, sorted into those to store and those for quarantine.

    Parameters
    ----------
    table
        Rows to store, in file order, with our column names.
    lon_e6, lat_e6
        Shape (n,). Millionths of a degree; 0 where there is no position.
    placed
        Shape (n,). Whether there is a position.
    read
        Rows read: those stored and those rejected.
    """

    table: pa.Table
    lon_e6: NDArray[np.int32]
    lat_e6: NDArray[np.int32]
    placed: NDArray[np.bool_]
    rejected: list[Rejected]
    read: int


def check_header(member: Member) -> list[str | None]:
    """
    Find our columns in a file's header.

    Returns
    -------
    list
        Our name for each column of the file; None for one that is passed over.

    Raises
    ------
    UnreadableFileError
        If needed columns are missing, come twice, or there are many that are not police.uk's.
    """
    found = header_of(member.head(), where=member.path)
    ours = {name.lower(): mapped for name, (mapped, _) in COLUMNS[member.kind].items()}
    names = [ours.get(name.lower()) for name in found]
    known = [name for name in names if name is not None]
    missing = [name for name, (mapped, _) in COLUMNS[member.kind].items() if mapped in _NEEDED[member.kind] - set(known)]
    strange = len(names) - len(known)
    if missing or len(set(known)) < len(known) or strange > _STRANGE_COLUMNS:
        if missing:
            wrong = f"the column {missing[0]!r} is missing" if len(missing) == 1 else f"the columns {missing} are missing"
        elif len(set(known)) < len(known):
            wrong = "a column comes twice"
        else:
            wrong = f"{strange} of its {len(names)} columns are not police.uk's"
        raise UnreadableFileError(
            f"the header has {len(names)} column{'s' * (len(names) != 1)} and is not that of a {member.kind} file: {wrong}",
            where=member.path,
            fix="Check that this is an unchanged file from data.police.uk, or describe it with --source FILE.toml.",
        )
    return names


def read_member(member: Member) -> CleanRows:
    """
    Read and clean one file of an archive.

    Raises
    ------
    UnreadableFileError
        If it is damaged, not UTF-8, has the wrong header, or most of its rows are swapped or of another month.
    """
    names = check_header(member)
    columns = [name or f"unknown {at}" for at, name in enumerate(names)]
    types = {mapped: kind for mapped, kind in COLUMNS[member.kind].values() if mapped in columns}
    data = text_of(member.read(), where=member.path)
    parsed = parse(data, columns=columns, types=types, where=member.path)
    return clean_rows(parsed, member=member, n_columns=len(columns))


def clean_rows(parsed: Parsed, *, member: Member, n_columns: int) -> CleanRows:
    """Sort the rows of a parsed file into those to store and those for quarantine."""
    table = pa.table(
        {
            name: column if pa.types.is_floating(column.type) or name in {"longitude", "latitude"} else _tidy(only(column))
            for name, column in zip(parsed.table.column_names, parsed.table.columns, strict=True)
        }
    )
    if member.kind == "stop-and-search":
        table = _typed_stops(table)
    draft = Draft(table=table, month=member.month, required=_FILLED[member.kind])
    first, reasons = quarantine_reasons(draft)
    _refuse_mistaken(draft, first, reasons, member)
    bad = np.flatnonzero(first >= 0)
    rejected = [
        Rejected(parsed.line(row), reasons[first[row]], raw)
        for row, raw in zip(bad.tolist(), parsed.raw(bad.tolist()) if bad.size else [], strict=True)
    ]
    rejected += [
        Rejected(line, f"the row has {width} columns, the header has {n_columns}", raw)
        for line, width, raw in parsed.wrong_width
    ]
    rejected.sort(key=lambda each: each.line)
    placed, longitude, latitude = draft.placed, draft.longitude.values, draft.latitude.values
    kept = table.drop_columns([name for name in ("month", "longitude", "latitude") if name in table.column_names])
    if bad.size:
        good = first < 0
        kept, placed, longitude, latitude = kept.filter(pa.array(good)), placed[good], longitude[good], latitude[good]
    return CleanRows(
        table=kept,
        lon_e6=microdegrees(np.where(placed, longitude, 0.0)),
        lat_e6=microdegrees(np.where(placed, latitude, 0.0)),
        placed=placed,
        rejected=rejected,
        read=len(draft) + len(parsed.wrong_width),
    )


def _tidy(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return stripped(column)
    lengths = pc.min_max(pc.binary_length(column))
    if lengths["min"].as_py() == lengths["max"].as_py() == 64:  # noqa: PLR2004 - a Crime ID as published, nothing to strip
        return column
    return stripped(column)


def _typed_stops(table: pa.Table) -> pa.Table:
    for name in _FLAGS:
        if name in table.column_names:
            words = only(table[name])
            known = words_where(words, lambda word: word.lower() in {"true", "false"}, null=False)
            said = words_where(words, lambda word: word.lower() == "true", null=False)
            table = table.set_column(table.column_names.index(name), name, pa.array(said, mask=~known))
    moments = utc_times(only(table["occurred_at"]))
    return table.set_column(table.column_names.index("occurred_at"), "occurred_at", moments)


def _refuse_mistaken(draft: Draft, first: NDArray[np.int16], reasons: tuple[str, ...], member: Member) -> None:
    """Refuse a file whose rows are mostly wrong in a way that a person can mend in one go."""
    swapped = int((first == reasons.index(SWAPPED.reason)).sum())
    placed = int(draft.placed.sum())
    if swapped > _MOST * placed:
        raise UnreadableFileError(
            f"longitude and latitude are swapped in {swapped:,} of {placed:,} rows with a position",
            where=member.path,
            fix="Exchange the two columns' names in the header.",
        )
    other = int((first == reasons.index(OTHER_MONTH.reason)).sum())
    if other > _MOST * len(draft):
        raise UnreadableFileError(
            f"{other:,} of {len(draft):,} rows are of another month than the file's name says ({member.month})",
            where=member.path,
            fix="Give the file the name that it had when it was downloaded.",
        )
