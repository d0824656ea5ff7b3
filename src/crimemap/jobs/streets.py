"""The names of map points: the street nearest to a hotspot, and which points stand over public places."""

from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

__all__ = ["PUBLIC_PLACES", "map_points", "nearest_street"]

_PREFIX: Final = "On or near "
#: How police.uk names map points over public places, rather than streets.
PUBLIC_PLACES: Final = frozenset(
    {
        "Airport/Airfield",
        "Bus/Coach Station",
        "Conference/Exhibition Centre",
        "Ferry Terminal",
        "Further/Higher Educational Building",
        "Hospital",
        "Motorway Service Area",
        "Nightclub",
        "Park/Open Space",
        "Parking Area",
        "Pedestrian Subway",
        "Petrol Station",
        "Police Station",
        "Prison",
        "Race Track",
        "Shopping Area",
        "Sports/Recreation Area",
        "Supermarket",
        "Theatre/Concert Hall",
    }
)


def map_points(
    con: duckdb.DuckDBPyConnection, bounds: tuple[float, float, float, float], *, source: str | None
) -> pd.DataFrame:
    """
    List every place inside bounds that ever held an incident, with the name most often given for it.

    Parameters
    ----------
    con
        A connection of the incident store.
    bounds
        West, south, east, north; metres, EPSG:27700.
    source
        Of that source alone; all where None.

    Returns
    -------
    DataFrame
        `place_id`, `easting`, `northing`, `name` (without "On or near"; empty where none was given), `public`.
    """
    condition, values = ("", []) if source is None else ("AND i.source = ?", [source])
    table: pd.DataFrame = con.execute(
        "WITH seen AS (SELECT i.place_id, i.location, count(*) AS n FROM incidents i "  # noqa: S608 - fixed text
        f"WHERE i.place_id IS NOT NULL {condition} GROUP BY ALL) "
        "SELECT p.place_id, any_value(p.easting) AS easting, any_value(p.northing) AS northing, "
        "coalesce(arg_max(s.location, (s.n, s.location)), '') AS name FROM seen s JOIN places p USING (place_id) "
        "WHERE p.easting BETWEEN ? AND ? AND p.northing BETWEEN ? AND ? GROUP BY p.place_id ORDER BY p.place_id",
        [*values, bounds[0], bounds[2], bounds[1], bounds[3]],
    ).df()
    table["name"] = table["name"].str.removeprefix(_PREFIX)
    table["public"] = table["name"].isin(PUBLIC_PLACES)
    return table


def nearest_street(points: pd.DataFrame, easting: ArrayLike, northing: ArrayLike) -> list[str | None]:
    """
    Name the street whose map point is nearest to each position.

    Parameters
    ----------
    points
        As `map_points` gives them. Public places and points without a name are passed over, unless there is nothing else.
    easting, northing
        Shape (n,). Metres, EPSG:27700.

    Returns
    -------
    list of str or None
        Shape (n,). None where no point has a name.

    Examples
    --------
    >>> points = pd.DataFrame({"easting": [0.0, 90.0], "northing": [0.0, 0.0], "name": ["Supermarket", "Mill Lane"],
    ...                        "public": [True, False]})
    >>> nearest_street(points, [10.0], [0.0])
    ['Mill Lane']
    """
    x, y = np.asarray(easting, dtype=np.float64).ravel(), np.asarray(northing, dtype=np.float64).ravel()
    named: Any = points[(points["name"] != "") & ~points["public"]]
    named = points[points["name"] != ""] if named.empty else named
    if named.empty or not x.size:
        return [None] * x.size
    _, at = cKDTree(named[["easting", "northing"]].to_numpy()).query(np.column_stack([x, y]))
    return [str(name) for name in named["name"].to_numpy()[at]]
