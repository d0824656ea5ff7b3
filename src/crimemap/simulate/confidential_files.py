"""The force's own records as files: a table as a force would export it, and the description with which it is ingested."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crimemap.simulate.confidential import OWN_WORDS
from crimemap.simulate.names import FORCE, FORCE_NAME
from crimemap.simulate.streets import Sites
from crimemap.simulate.times import Calendar
from crimemap.simulate.world import World

__all__ = ["write_confidential"]

_HEADER: Final = "record_no,offence,from,to,easting,northing,address"
_MINUTES: Final = 1440


def _addresses(world: World) -> list[str]:
    """Write each address as a house number in the street of its map point, or the public place's name."""
    site = world.incidents.site[world.records.incident]
    streets = world.points.location[world.sites.point[site]]
    named = [text.removeprefix("On or near ").replace(",", "") for text in streets]
    return [
        f"{1 + s % 180} {name}" if kind == 0 else name
        for s, kind, name in zip(site, world.sites.kind[site], named, strict=True)
    ]


def write_confidential(folder: Path, world: World) -> None:
    """Write `incidents.csv`, the `source.toml` that describes it, and `addresses.parquet`."""
    folder.mkdir(parents=True)
    records, incidents, sites = world.records, world.incidents, world.sites
    calendar = Calendar.of(world.schedule.months)
    # A thousandth of a minute guards against the floor of a number that stands for a whole minute.
    start, end = (
        np.char.replace(np.datetime_as_string(calendar.timestamps(day + 1e-3 / _MINUTES), unit="m"), "T", " ")
        for day in (records.start, records.end)
    )
    site = incidents.site[records.incident]
    rows = [
        f"{number},{words},{a},{b},{f'{x:.1f},{y:.1f}' if located else ','},{address}"
        for number, words, a, b, x, y, located, address in zip(
            records.number, records.words, start, end, sites.easting[site], sites.northing[site], records.located,
            _addresses(world), strict=True,
        )
    ]  # fmt: skip
    (folder / "incidents.csv").write_bytes(("\n".join([_HEADER, *rows]) + "\n").encode())
    (folder / "source.toml").write_bytes(_source_toml().encode())
    _write_addresses(folder / "addresses.parquet", sites)


def _source_toml() -> str:
    mapping = "\n".join(f'"{words}" = "{offence}"' for offence, kinds in OWN_WORDS.items() for words, _ in kinds)
    return f"""# {FORCE_NAME}: its own records of some offences, with true positions and times.
name = "{FORCE}-records"
kind = "confidential"
force = "{FORCE}"
crs = "EPSG:27700"

[columns]
id = "record_no"
offence_type = "offence"
occurred_from = "from"
occurred_to = "to"
easting = "easting"
northing = "northing"

[offence_types]
{mapping}
"""


def _write_addresses(path: Path, sites: Sites) -> None:
    """Write the position of every postal address, and the number (from 0) of the map point it belongs to."""
    homes = sites.kind == 0
    table = pa.table(
        {
            "easting": pa.array(sites.easting[homes].round(1)),
            "northing": pa.array(sites.northing[homes].round(1)),
            "map_point": pa.array(sites.point[homes].astype(np.int32)),
        }
    )
    pq.write_table(table, path, compression="zstd")
