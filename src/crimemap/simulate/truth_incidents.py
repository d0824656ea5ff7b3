"""Every incident as it was, published or not: the key to what statistics find."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.processes import BACKGROUND, EMERGING, NEAR_REPEAT
from crimemap.simulate.times import Calendar
from crimemap.simulate.world import World

__all__ = ["write_truth_of_incidents"]


def _dictionary(index: NDArray[np.integer[Any]], values: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(values))


def write_truth_of_incidents(path: Path, world: World) -> None:
    """
    Write one row for each incident.

    Columns: `month`, `offence_type`, `moment` (to the minute), `easting`, `northing` (true position), `origin`
    (`background`, `hotspot 0` and on, `emerging`, `near repeat`), `follows` (row number, from 0, of the incident that a near
    repeat follows), `crime_id` (as published), `record_no` (of the force's own record, if there is one), `in_earlier`,
    `in_later` (archives).
    """
    incidents, publication, sites = world.incidents, world.publication, world.sites
    record = np.full(len(incidents), None, dtype=object)
    record[world.records.incident] = world.records.number
    origins, origin = np.unique(incidents.origin, return_inverse=True)
    said = {BACKGROUND: "background", EMERGING: "emerging", NEAR_REPEAT: "near repeat"}
    moments = Calendar.of(world.schedule.months).timestamps(incidents.day).astype("datetime64[s]")
    table = pa.table(
        {
            "month": _dictionary(incidents.month, world.schedule.months),
            "offence_type": _dictionary(incidents.offence, list(OFFENCES)),
            "moment": pa.array(moments),
            "easting": pa.array(sites.easting[incidents.site].round(1)),
            "northing": pa.array(sites.northing[incidents.site].round(1)),
            "origin": _dictionary(origin, [said.get(int(o), f"hotspot {o}") for o in origins]),
            "follows": pa.array(incidents.parent, mask=incidents.parent < 0),
            "crime_id": pa.array(publication.crime_id, pa.string(), mask=publication.crime_id == ""),
            "record_no": pa.array(record, pa.string()),
            "in_earlier": pa.array(publication.in_earlier),
            "in_later": pa.array(publication.in_later),
        }
    )
    pq.write_table(table, path, compression="zstd")
