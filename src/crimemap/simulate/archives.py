"""The two archives, in the layout of the bulk download of data.police.uk, with what real files have in them."""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.simulate.bad_rows import spoil
from crimemap.simulate.county import County
from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.names import FORCE, FORCE_NAME
from crimemap.simulate.published import COURT_OUTCOMES, FIRST_OUTCOMES, NO_POINT, crime_ids
from crimemap.simulate.stops import STOP_HEADER, draw_stops
from crimemap.simulate.streets import MapPoints
from crimemap.simulate.world import Stream, World

__all__ = ["Archive", "write_archives"]

STREET_HEADER: Final = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
OUTCOME_HEADER: Final = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type"
)
_TABLES: Final = ("outcomes", "stop-and-search", "street")
_TRAILING_SPACE: Final = 0.005
_BEFORE_PERIOD: Final = 0.25
_FADE: Final = 0.6
_DUPLICATES_WITH_ID: Final = 4


@dataclass(slots=True, kw_only=True)
class Archive:
    """
    One zip and what is in it, file by file.

    `repeated` are the incidents whose rows, identifier and all, come twice.
    """

    path: Path
    newline: str
    members: list[dict[str, Any]] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)


def _point_texts(points: MapPoints, county: County, rng: Generator) -> NDArray[np.object_]:
    """
    Write each map point as the files do: longitude to LSOA name, five columns.

    Returns
    -------
    Shape (m + 1,). The last is that of an incident without a location.
    """
    codes, names = county.frame["lsoa"].to_numpy(), county.frame["lsoa_name"].to_numpy()
    trailing = rng.random(len(points.brick)) < _TRAILING_SPACE
    said = [
        f"{lon:.6f},{lat:.6f},{_quoted(location + ' ' * space)},{codes[b]},{names[b]}"
        for lon, lat, location, b, space in zip(
            points.longitude, points.latitude, points.location, points.brick, trailing.astype(int), strict=True
        )
    ]
    return np.asarray([*said, ",,No Location,,"], dtype=object)


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


def _outcome_rows(world: World, texts: NDArray[np.object_], rng: Generator) -> list[list[str]]:
    """
    Write the outcomes of each month: those of the incidents, and those of crimes from before the first month.

    Incidents of the month without files have outcomes too, in later files; no street row answers to them.
    """
    incidents, publication, schedule = world.incidents, world.publication, world.schedule
    n = len(schedule.months)
    month = np.concatenate((publication.outcome_month, publication.court_month))
    kind = np.concatenate((publication.outcome, publication.court + len(FIRST_OUTCOMES)))
    index = np.tile(np.arange(len(incidents)), 2)
    kept = np.flatnonzero(month < n)
    kept = kept[np.lexsort((rng.random(len(kept)), month[kept]))]
    types = (*FIRST_OUTCOMES, *COURT_OUTCOMES)
    rows: list[list[str]] = [[] for _ in range(n)]
    for k, m, t in zip(index[kept], month[kept], kind[kept], strict=True):
        rows[m].append(_outcome_row(publication.crime_id[k], schedule.months[m], texts[publication.point[k]], types[t]))
    typical = len(kept) / max(1, n)
    for m in range(n):
        count = int(rng.poisson(typical * _BEFORE_PERIOD * _FADE**m))
        ids, where = crime_ids(count, rng), rng.integers(0, len(texts) - 1, count)
        what = rng.integers(0, len(FIRST_OUTCOMES), count)
        if m != schedule.missing:
            rows[m] += [
                _outcome_row(i, schedule.months[m], texts[p], FIRST_OUTCOMES[t])
                for i, p, t in zip(ids, where, what, strict=True)
            ]
    return rows


def _outcome_row(crime_id: str, month: str, place: str, outcome: str) -> str:
    return f"{crime_id},{month},{FORCE_NAME},{FORCE_NAME},{place},{outcome}"


def _street_rows(
    chosen: NDArray[np.int64], world: World, month: str, last: NDArray[np.object_], texts: NDArray[np.object_]
) -> list[str]:
    head = f",{month},{FORCE_NAME},{FORCE_NAME},"
    ids, places = world.publication.crime_id[chosen], texts[world.publication.point[chosen]]
    return [
        f"{i}{head}{place},{OFFENCES[o]},{said},"
        for i, place, o, said in zip(ids, places, world.incidents.offence[chosen], last[chosen], strict=True)
    ]


def write_archives(world: World, folder: Path, stream: Stream) -> list[Archive]:
    """Write the earlier archive and the later one, each named for its last month; the same world gives the same bytes."""
    folder.mkdir(parents=True)
    texts = _point_texts(world.points, world.county, stream("texts"))
    outcomes = _outcome_rows(world, texts, stream("outcomes"))
    stops = draw_stops(
        world.schedule.months, world.points, world.sites.point[world.incidents.site], world.scale, stream("stops")
    )
    schedule, publication = world.schedule, world.publication
    # Real archives have both kinds of line end.
    return [
        _Writer(world, texts, outcomes, stops, stream("earlier")).write(
            folder, schedule.earlier, publication.in_earlier, "\r\n"
        ),
        _Writer(world, texts, outcomes, stops, stream("later")).write(folder, schedule.later, publication.in_later, "\n"),
    ]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one archive."""

    world: World
    texts: NDArray[np.object_]
    outcomes: list[list[str]]
    stops: list[list[str]]
    rng: Generator

    def write(self, folder: Path, span: tuple[int, int], included: NDArray[np.bool_], newline: str) -> Archive:
        """Write the months of a half-open span with the incidents that this archive has."""
        schedule, publication, incidents = self.world.schedule, self.world.publication, self.world.incidents
        archive = Archive(path=folder / f"{schedule.months[span[1] - 1]}.zip", newline=newline)
        has_id = publication.crime_id != ""
        last = publication.last_outcome(span[1] - 1, has_id)
        place = np.where(publication.point == NO_POINT, np.iinfo(np.int64).max, publication.point)
        order = np.lexsort((self.rng.random(len(incidents)), place, incidents.month))
        order = order[included[order]]
        starts = np.searchsorted(incidents.month[order], np.arange(len(schedule.months) + 1))
        with zipfile.ZipFile(archive.path, "w") as packed:
            for m in range(*span):
                if m == schedule.missing:
                    continue
                month, chosen = schedule.months[m], order[starts[m] : starts[m + 1]]
                if m == span[1] - 1:
                    twice = chosen[has_id[chosen]][:_DUPLICATES_WITH_ID]
                    archive.repeated += twice.tolist()
                    chosen = np.concatenate((chosen, twice))
                files = {
                    "outcomes": (OUTCOME_HEADER, self.outcomes[m]),
                    "stop-and-search": (STOP_HEADER, self.stops[m]),
                    "street": (STREET_HEADER, _street_rows(chosen, self.world, month, last, self.texts)),
                }
                for table in _TABLES:
                    header, good = files[table]
                    rows, bad = spoil(table, good, m - span[0], self.rng)
                    name = f"{month}/{month}-{FORCE}-{table}.csv"
                    _add(packed, name, newline.join([header, *rows, ""]))
                    archive.members.append(
                        {"path": name, "table": table, "month": month, "read": len(rows), "good": len(good), "bad": bad}
                    )
        return archive


def _add(packed: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, date_time=(2026, 1, 20, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    packed.writestr(entry, text.encode("utf-8"), compresslevel=1)
