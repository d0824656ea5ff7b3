"""What maps count: published incidents by map point, month and offence type, and in hexagons where points are too many."""

from dataclasses import dataclass, field
from typing import Final

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.periods import Period
from crimemap.products.classes import class_breaks
from crimemap.products.cube import ALL
from crimemap.products.frames import codes
from crimemap.products.map_codes import code_series

__all__ = ["MapCounts", "count_for_maps"]

#: An area with more map points than this has its hexagons counted instead: a file has to load on a telephone.
MOST_POINTS: Final = 15_000

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class MapCounts:
    """
    Published incidents with a map point.

    Parameters
    ----------
    months, offence_types
        What the keys of a series stand for: month times the number of types, plus type. Without the total.
    rows
        place_id, force, key, n; sorted.
    places
        Index place_id: longitude, latitude, easting, northing, cell (H3 index), street (as published).
    """

    months: list[str]
    offence_types: list[str]
    rows: pd.DataFrame
    places: pd.DataFrame
    _series: dict[int, str] = field(default_factory=dict)

    def series(self, places: Ints) -> list[str]:
        """Give the series of map points, whoever recorded what happened there."""
        if not self._series and len(self.rows):
            together = self.rows.groupby(["place_id", "key"], sort=True)["n"].sum().reset_index()
            self._series.update(code_series(*(together[name].to_numpy(np.int64) for name in ("place_id", "key", "n"))))
        return [self._series[place] for place in places.tolist()]

    def series_of_force(self, force: str, places: Ints) -> list[str]:
        """Give the series of map points, of what a force recorded there."""
        shared = self._shared
        found = dict(zip(places.tolist(), self.series(places), strict=True))
        own = self.rows[(self.rows["force"] == force) & self.rows["place_id"].isin(shared)]
        found |= code_series(*(own[name].to_numpy(np.int64) for name in ("place_id", "key", "n")))
        return [found[place] for place in places.tolist()]

    @property
    def _shared(self) -> Ints:
        """Give the map points at which several forces recorded something."""
        forces = self.rows[["place_id", "force"]].drop_duplicates()
        return np.asarray(forces.loc[forces["place_id"].duplicated(), "place_id"].unique(), dtype=np.int64)

    def in_cells(self, rows: pd.DataFrame) -> tuple[NDArray[np.uint64], list[str]]:
        """Give the hexagons of some rows, and the series of each."""
        cells = self._cells(rows)
        named, number = np.unique(cells, return_inverse=True)
        frame = pd.DataFrame({"unit": number, "key": rows["key"].to_numpy(), "n": rows["n"].to_numpy()})
        summed = frame.groupby(["unit", "key"], sort=True)["n"].sum().reset_index()
        made = code_series(*(summed[name].to_numpy(np.int64) for name in ("unit", "key", "n")))
        return named, [made[unit] for unit in range(len(named))]

    def _cells(self, rows: pd.DataFrame) -> NDArray[np.uint64]:
        """Give the hexagon of each row."""
        at = self.places.index.get_indexer(pd.Index(rows["place_id"]))
        return np.asarray(self.places["cell"].to_numpy()[at], dtype=np.uint64)

    def of_force(self, force: str) -> pd.DataFrame:
        """Give what a force recorded."""
        return pd.DataFrame(self.rows[self.rows["force"] == force])

    def of_places(self, places: Ints) -> pd.DataFrame:
        """Give what was recorded at map points."""
        return pd.DataFrame(self.rows[self.rows["place_id"].isin(places)])

    def in_period(self, rows: pd.DataFrame, period: Period) -> pd.DataFrame:
        """Give the rows of a period's months."""
        month = rows["key"].to_numpy() // len(self.offence_types)
        names = np.asarray(self.months)[month]
        return pd.DataFrame(rows[(names >= period.start) & (names < period.end)])

    def breaks(self, force: str, period: Period) -> dict[str, list[list[int]]]:
        """
        Choose classes for a force's hexagons, the same for all its areas and for whichever months are shown.

        Returns
        -------
        dict
            `12`: over the period; `1`: over one month, whichever. A list for each offence type, then that of their sum.
        """
        n_types = len(self.offence_types)
        rows = self.of_force(force)
        frame = rows.assign(cell=self._cells(rows), month=rows["key"] // n_types, kind=rows["key"] % n_types)
        latest = self.in_period(frame, period)

        def chosen(some: pd.DataFrame, by: list[str]) -> list[list[int]]:
            kinds = [some[some["kind"] == kind] for kind in range(n_types)]
            return [class_breaks(one.groupby(by)["n"].sum().to_numpy()) for one in (*kinds, some)]

        return {"12": chosen(latest, ["cell"]), "1": chosen(frame, ["cell", "month"])}


def count_for_maps(db: duckdb.DuckDBPyConnection, months: list[str], offence_types: list[str]) -> MapCounts:
    """
    Count what is published.

    Parameters
    ----------
    db
        Has the tables `published` and `places`: rows that disclosure holds back are in neither.
    months, offence_types
        Those of the release; the total among the types is left out.
    """
    types = [one for one in offence_types if one != ALL]
    rows = db.execute(
        """SELECT place_id, force, month, offence_type, count(*)::INTEGER AS n FROM published
           WHERE place_id IS NOT NULL GROUP BY ALL"""
    ).df()
    key = codes(rows["month"], months) * len(types) + codes(rows["offence_type"], types)
    counted = pd.DataFrame({"place_id": rows["place_id"], "force": rows["force"].astype(str), "key": key, "n": rows["n"]})
    places = db.execute(
        """SELECT p.place_id, p.longitude, p.latitude, p.easting, p.northing, o.cell, p.street FROM places p
           JOIN place_order o USING (place_id) ORDER BY p.place_id"""
    ).df()
    return MapCounts(
        months=months,
        offence_types=types,
        rows=counted.sort_values(["place_id", "force", "key"], ignore_index=True),
        places=places.set_index("place_id"),
    )
