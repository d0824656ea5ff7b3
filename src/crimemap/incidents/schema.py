"""
The columns of every table on the private side.

Text is as published with outer blanks removed; an empty field is null. `month` and `force` are the partitions of the three
record tables: they stand in the path of each file. Keys are 32 bytes in the files and 64 hexadecimal digits in the views.
"""

from types import MappingProxyType
from typing import Final

import pyarrow as pa

__all__ = [
    "INCIDENTS",
    "KIND_OF_TABLE",
    "LOADS",
    "OUTCOMES",
    "PARTITIONS",
    "POLICE_UK",
    "QUARANTINE",
    "RECORD_TABLES",
    "SCHEMAS",
    "STOPS",
    "TABLE_OF_KIND",
]

#: The name of the source of everything that data.police.uk publishes.
POLICE_UK: Final = "police.uk"

PARTITIONS: Final = ("month", "force")

#: The word in a police.uk file's name, and the table its rows go to.
TABLE_OF_KIND: Final = MappingProxyType({"street": "incidents", "outcomes": "outcomes", "stop-and-search": "stops"})
KIND_OF_TABLE: Final = MappingProxyType({table: kind for kind, table in TABLE_OF_KIND.items()})
RECORD_TABLES: Final = tuple(TABLE_OF_KIND.values())

_TEXT = pa.string()
_MOMENT = pa.timestamp("us")
_PROVENANCE = (("source", _TEXT), ("kind", _TEXT), ("load_id", pa.int32()))
_PARTITIONED = tuple((name, _TEXT) for name in PARTITIONS)

INCIDENTS: Final = pa.schema(
    [
        ("id", pa.int32()),
        ("key", pa.binary()),
        ("crime_id", _TEXT),
        ("offence_type", _TEXT),
        ("place_id", pa.int32()),
        ("location", _TEXT),
        ("lsoa_code", _TEXT),
        ("lsoa_name", _TEXT),
        ("reported_by", _TEXT),
        ("falls_within", _TEXT),
        ("last_outcome", _TEXT),
        ("context", _TEXT),
        ("occurred_from", _MOMENT),
        ("occurred_to", _MOMENT),
        *_PROVENANCE,
        *_PARTITIONED,
    ]
)

OUTCOMES: Final = pa.schema(
    [
        ("crime_id", _TEXT),
        ("outcome_type", _TEXT),
        ("place_id", pa.int32()),
        ("location", _TEXT),
        ("lsoa_code", _TEXT),
        ("lsoa_name", _TEXT),
        ("reported_by", _TEXT),
        ("falls_within", _TEXT),
        *_PROVENANCE,
        *_PARTITIONED,
    ]
)

STOPS: Final = pa.schema(
    [
        ("type", _TEXT),
        ("occurred_at", _MOMENT),
        ("part_of_operation", pa.bool_()),
        ("operation", _TEXT),
        ("place_id", pa.int32()),
        ("gender", _TEXT),
        ("age_range", _TEXT),
        ("self_defined_ethnicity", _TEXT),
        ("officer_defined_ethnicity", _TEXT),
        ("legislation", _TEXT),
        ("object_of_search", _TEXT),
        ("outcome", _TEXT),
        ("outcome_linked_to_object", pa.bool_()),
        ("removed_more_than_outer_clothing", pa.bool_()),
        *_PROVENANCE,
        *_PARTITIONED,
    ]
)

LOADS: Final = pa.schema(
    [
        ("load_id", pa.int32()),
        ("table_name", _TEXT),
        ("force", _TEXT),
        ("month", _TEXT),
        ("source", _TEXT),
        ("kind", _TEXT),
        ("archive", _TEXT),
        ("archive_sha256", _TEXT),
        ("archive_month", _TEXT),
        ("member", _TEXT),
        ("digest", _TEXT),
        ("read", pa.int64()),
        ("stored", pa.int64()),
        ("quarantined", pa.int64()),
        ("loaded_at", _MOMENT),
    ]
)

QUARANTINE: Final = pa.schema(
    [
        ("load_id", pa.int32()),
        ("path", _TEXT),
        ("line", pa.int64()),
        ("reason", _TEXT),
        ("raw", _TEXT),
    ]
)

SCHEMAS: Final = MappingProxyType(
    {"incidents": INCIDENTS, "outcomes": OUTCOMES, "stops": STOPS, "loads": LOADS, "quarantine": QUARANTINE}
)
