"""The truth, written down: what was put in, so that what comes out can be scored."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crimemap.simulate import names
from crimemap.simulate.archives import Archive
from crimemap.simulate.boundaries import VINTAGE
from crimemap.simulate.county import AREA_TYPES, County
from crimemap.simulate.hotspots import Emerging, Hotspot
from crimemap.simulate.mix import MIX, OFFENCES, seasonal_factors
from crimemap.simulate.processes import NearRepeat
from crimemap.simulate.published import NO_POINT
from crimemap.simulate.streets import Sites
from crimemap.simulate.world import World

__all__ = ["best_grouping", "knox", "tell"]

#: Two partnerships whose merger makes them equal to a basic command unit.
MERGER: Final = {"csps": ["E22900001", "E22900002"], "bcu": "NA"}


def tell(world: World, archives: list[Archive]) -> dict[str, Any]:
    """Tell everything that was put into a county; docs/demonstration-county.md says what each part means."""
    spots, emerging = _hotspot(world)
    frame, months = world.county.frame, world.schedule.months
    return {
        "force": names.FORCE,
        "force_name": names.FORCE_NAME,
        "vintage": VINTAGE,
        "first_month": months[0],
        "latest_month": months[-1],
        "missing_month": months[world.schedule.missing],
        "archives": [archive.path.name for archive in archives],
        "areas": {area_type: len(world.county.areas(area_type)) for area_type in AREA_TYPES},
        "population": int(frame["population"].sum()),
        "households": int(frame["households"].sum()),
        "map_points": len(world.points.brick),
        "incidents_that_happened": len(world.incidents),
        "confidential_records": len(world.records.incident),
        "hotspots": spots,
        "emerging": emerging,
        "near_repeat": _near_repeat(world),
        "seasonality": _seasonality(flat=world.is_null),
        "alignment": _misfit(world.county),
        "counts": _counts(world, archives),
    }


def knox(
    easting: NDArray[np.float64],
    northing: NDArray[np.float64],
    day: NDArray[np.float64],
    *,
    space_band_m: float,
    time_band_days: float,
) -> dict[str, float]:
    """
    Count pairs close in space and time, beside how many there would be if the two had nothing to do with each other.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.asarray([0.0, 50.0, 5000.0, 5050.0])
    >>> knox(x, x * 0, np.asarray([0.0, 1.0, 100.0, 101.0]), space_band_m=100, time_band_days=7)["ratio"]
    3.0
    """
    n = len(day)
    pairs = cKDTree(np.column_stack((easting, northing))).query_pairs(space_band_m, output_type="ndarray")
    times = cKDTree(day[:, None])
    in_time = (int(times.count_neighbors(times, time_band_days)) - n) // 2
    close = int((np.abs(day[pairs[:, 0]] - day[pairs[:, 1]]) <= time_band_days).sum())
    all_pairs = n * (n - 1) / 2
    expected = len(pairs) * in_time / all_pairs if all_pairs else 0.0
    return {
        "incidents": n,
        "pairs_close_in_space": len(pairs),
        "pairs_close_in_time": in_time,
        "pairs_close_in_both": close,
        "expected_pairs_close_in_both": round(expected, 3),
        "ratio": round(close / expected, 4) if expected else 0.0,
    }


def _near_repeat(world: World) -> dict[str, Any]:
    """Say the rule, and what Knox's test would count on the true positions and moments."""
    rule, incidents, sites = world.near_repeat, world.incidents, world.sites
    used = rule or NearRepeat()
    these = incidents.offence == OFFENCES.index(used.offence)
    site = incidents.site[these]
    counted = knox(
        sites.easting[site], sites.northing[site], incidents.day[these],
        space_band_m=used.space_band_m, time_band_days=used.time_band_days,
    )  # fmt: skip
    return {
        "present": rule is not None,
        "offence_type": used.offence,
        "space_band_m": used.space_band_m,
        "time_band_days": used.time_band_days,
        "followers_each": used.followers if rule else 0.0,
        "share_at_the_same_address": used.same_place if rule else 0.0,
        "followers_drawn": int((incidents.parent >= 0).sum()),
        "knox": counted,
    }


def _spot(spot: Hotspot | Emerging, sites: Sites) -> dict[str, Any]:
    return {
        "name": spot.name,
        "offence_type": spot.offence,
        "easting": spot.easting,
        "northing": spot.northing,
        "radius_m": spot.radius_m,
        "sites": len(spot.sites),
        "map_points": len(np.unique(sites.point[spot.sites])),
    }


def _hotspot(world: World) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Say where each hotspot is, what it adds in a month beside the background there, and what was drawn."""
    incidents, sites, rates, scale, emerging = world.incidents, world.sites, world.rates, world.scale, world.emerging
    said = []
    for number, spot in enumerate(world.hotspots):
        k = OFFENCES.index(spot.offence)
        background = float(rates[k][spot.sites].sum()) * MIX[spot.offence].monthly * scale
        said.append(
            {
                **_spot(spot, sites),
                "number": number,
                "added_per_month": spot.monthly * scale,
                "background_per_month": round(background, 4),
                "times_background": round(1 + spot.monthly * scale / background, 2),
                "drawn": int((incidents.origin == number).sum()),
            }
        )
    if emerging is None:
        return said, None
    k = OFFENCES.index(emerging.offence)
    background = float(rates[k][emerging.sites].sum()) * MIX[emerging.offence].monthly * scale
    expected = emerging.expected(len(world.schedule.months)) * scale
    return said, {
        **_spot(emerging, sites),
        "first_month": world.schedule.months[emerging.first_month],
        "growth_per_month": emerging.growth,
        "background_per_month": round(background, 4),
        "expected_by_month": {
            month: round(float(e), 3) for month, e in zip(world.schedule.months, expected, strict=True) if e > 0
        },
    }


def _seasonality(*, flat: bool) -> dict[str, Any]:
    """Give the twelve factors of each type, and its growth in a year."""
    return {
        offence: {
            "factors_january_to_december": [round(float(f), 4) for f in seasonal_factors(offence)],
            "peak_month": int(mix.peak),
            "swing": mix.swing,
            "growth_per_year": 0.0 if flat else mix.trend,
        }
        for offence, mix in MIX.items()
    }


def _overlaps(county: County, source: str, target: str) -> list[dict[str, Any]]:
    area = np.asarray([polygon.area for polygon in county.bricks.polygon])
    frame = county.frame.assign(area_m2=area)
    table = frame.groupby([source, target])[["population", "households", "area_m2"]].sum().reset_index()
    whole = frame.groupby(source)["population"].sum()
    return [
        {
            source: row[source],
            target: row[target],
            "population": int(row["population"]),
            "households": int(row["households"]),
            "area_m2": round(float(row["area_m2"]), 1),
            "share_of_source_population": round(float(row["population"]) / float(whole[row[source]]), 6),
        }
        for _, row in table.iterrows()
    ]


def _misfit(county: County) -> dict[str, Any]:
    """Say which units fit which, and how many people are on the wrong side where they do not."""
    pairs = {
        f"{source} to {target}": _overlaps(county, source, target)
        for source, target in (("lad", "bcu"), ("csp", "bcu"), ("bcu", "csp"))
    }
    cut = [
        {
            "lad": lad,
            "lad_name": county.areas("lad").loc[lad, "name"],
            "main_bcu": max(rows, key=lambda row: row["population"])["bcu"],
            "people_outside_it": sum(r["population"] for r in rows) - max(r["population"] for r in rows),
        }
        for lad, rows in _by(pairs["lad to bcu"], "lad")
        if len(rows) > 1
    ]
    lads = {csp: sorted(rows["lad"].unique()) for csp, rows in county.frame.groupby("csp")}
    return {
        "overlaps": pairs,
        "districts_cut_by_a_bcu": cut,
        "bcus_equal_to_districts_or_unions": sorted(
            bcu
            for bcu, rows in _by([dict(r) for r in _overlaps(county, "bcu", "lad")], "bcu")
            if _is_union(county, bcu, rows)
        ),
        "csps_of_several_districts": {csp: members for csp, members in lads.items() if len(members) > 1},
        "merger_that_makes_a_bcu": MERGER,
        "best_grouping": best_grouping(pairs["csp to bcu"]),
    }


def best_grouping(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Join the partnerships that were made for one unit: nothing fits better, since each lies in it wholly or nearly.

    Parameters
    ----------
    rows
        `csp`, `bcu`, `population`: people whom both share.

    Returns
    -------
    dict
        `merge`, and how many people live in a group and not in its unit, or in the unit and not in the group:
        `people_before` with every partnership by itself, `people_with_one_merger` (that of `MERGER`), `people`.
    """
    table = pd.DataFrame(rows).pivot_table(index="csp", columns="bcu", values="population", aggfunc="sum", fill_value=0)
    home = table.idxmax(axis=1)
    groups = [sorted(held.index) for _, held in home.groupby(home)]

    def misfit(group: list[str]) -> int:
        inside = table.loc[group].sum()
        bcu = str(inside.idxmax())
        return int(inside.sum() + table[bcu].sum() - 2 * inside[bcu])

    alone = {str(csp): misfit([str(csp)]) for csp in table.index}
    return {
        "merge": sorted(group for group in groups if len(group) > 1),
        "people_before": sum(alone.values()),
        "people": sum(misfit(group) for group in groups),
        "people_with_one_merger": sum(alone.values())
        - sum(alone[csp] for csp in MERGER["csps"])
        + misfit(list(MERGER["csps"])),
    }


def _by(rows: list[dict[str, Any]], key: str) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    for value in sorted({row[key] for row in rows}):
        yield value, [row for row in rows if row[key] == value]


def _is_union(county: County, bcu: str, rows: list[dict[str, Any]]) -> bool:
    members = {row["lad"] for row in rows}
    inside = county.frame["bcu"] == bcu
    return bool((county.frame["lad"].isin(members) == inside).all())


def _counts(world: World, archives: list[Archive]) -> dict[str, Any]:
    """
    Say how many rows each file has, and what a workspace holds once both archives were ingested.

    A month in both archives is as the later one has it.
    """
    incidents, publication, points, county = world.incidents, world.publication, world.points, world.county
    later = incidents.month >= world.schedule.later[0]
    final = np.flatnonzero(np.where(later, publication.in_later, publication.in_earlier))
    final = np.concatenate((final, np.asarray(archives[-1].repeated, dtype=np.int64)))
    month = np.asarray(world.schedule.months, dtype=object)[incidents.month[final]]
    offence = np.asarray(OFFENCES, dtype=object)[incidents.offence[final]]
    frame = pd.DataFrame({"month": month, "offence_type": offence})
    table = frame.groupby(["month", "offence_type"]).size()
    by_month: dict[str, dict[str, int]] = {}
    for (month_said, type_said), n in zip(table.index.to_list(), table.to_list(), strict=True):
        by_month.setdefault(month_said, {})[type_said] = n
    located = publication.point[final] != NO_POINT
    brick = points.brick[publication.point[final][located]]
    areas = {
        area_type: {
            str(code): int(n)
            for code, n in pd.Series(county.frame[area_type].to_numpy()[brick]).value_counts().sort_index().items()
        }
        for area_type in ("bcu", "csp", "lad", "neighbourhood")
    }
    return {
        "files": [
            {"archive": archive.path.name, "line_end": "CRLF" if archive.newline == "\r\n" else "LF", **member}
            for archive in archives
            for member in archive.members
        ],
        "after_both_archives": {
            "incidents": len(frame),
            "incidents_without_a_location": int((~located).sum()),
            "by_month_and_offence_type": by_month,
            "located_incidents_by_area": areas,
        },
    }
