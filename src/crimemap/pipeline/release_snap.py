"""Which map point stands for the place of each confidential incident."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crimemap.disclosure.policy import Policy, fold_offence_type
from crimemap.disclosure.snap import NO_POINT, snap_to_points
from crimemap.pipeline.release_sets import newest_sets
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

__all__ = ["snapped_places"]

_COLUMNS = ["place_id", "force", "point_id", "location"]


def snapped_places(
    db: "duckdb.DuckDBPyConnection", workspace: Workspace, chosen: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """
    Give each place of a confidential incident, for each force, its map point and that point's name.

    Also makes the temporary tables `map_points` (point_id: the points of the areas concerned, used or not) and `folded`
    (offence_type, published_as).

    Parameters
    ----------
    chosen
        force, month, source, kind of the release.
    policy
        Says how far is too far.

    Returns
    -------
    DataFrame
        place_id, force, point_id, location; places without a point are left out.
    """
    secret = db.execute(
        """SELECT DISTINCT i.place_id, i.force, p.easting, p.northing FROM incidents i
           JOIN chosen c ON i.force = c.force AND i.month = c.month AND i.source = c.source
           JOIN places p USING (place_id) WHERE i.kind <> 'open' ORDER BY i.force, i.place_id"""
    ).df()
    _fold(db)
    if not (chosen["kind"] != "open").any():
        db.execute("CREATE TEMP TABLE map_points (point_id INTEGER)")
        return pd.DataFrame(
            {name: pd.Series(dtype=kind) for name, kind in zip(_COLUMNS, ("i4", "str", "i4", "str"), strict=True)}
        )
    points = db.execute(
        """WITH named AS (SELECT place_id, force, location, count(*) AS n FROM incidents
                          WHERE kind = 'open' AND place_id IS NOT NULL GROUP BY ALL)
           SELECT p.place_id, first(n.force ORDER BY n.n DESC, n.force) AS force, p.easting, p.northing,
                  first(n.location ORDER BY n.n DESC, n.location) AS location
           FROM named n JOIN places p USING (place_id) GROUP BY ALL ORDER BY p.place_id"""
    ).df()
    own = sorted(chosen.loc[chosen["kind"] != "open", "force"].unique())
    regions, point_regions = _regions(db, workspace, secret, points)
    point = snap_to_points(
        secret["easting"].to_numpy(),
        secret["northing"].to_numpy(),
        regions,
        point_easting=points["easting"].to_numpy(),
        point_northing=points["northing"].to_numpy(),
        point_id=points["place_id"].to_numpy(dtype=np.int64),
        point_regions=point_regions,
        cap_m=policy.snap_cap_m,
    )
    result = secret[["place_id", "force"]].assign(point_id=point)
    result = result[result["point_id"] != NO_POINT]
    result = result.merge(points[["place_id", "location"]].rename(columns={"place_id": "point_id"}), on="point_id")
    near = points[points["force"].isin(own) | points["place_id"].isin(result["point_id"])]
    db.register("near_given", near[["place_id"]].rename(columns={"place_id": "point_id"}))
    db.execute("CREATE TEMP TABLE map_points AS SELECT point_id::INTEGER AS point_id FROM near_given")
    return result[_COLUMNS]


def _fold(db: "duckdb.DuckDBPyConnection") -> None:
    names = [row[0] for row in db.execute("SELECT DISTINCT offence_type FROM incidents WHERE kind <> 'open'").fetchall()]
    folded = pd.DataFrame({"offence_type": names, "published_as": [fold_offence_type(name) for name in names]}, dtype="str")
    db.register("folded_given", folded)
    db.execute("CREATE TEMP TABLE folded AS SELECT * FROM folded_given")


def _regions(
    db: "duckdb.DuckDBPyConnection", workspace: Workspace, secret: pd.DataFrame, points: pd.DataFrame
) -> "tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]":
    """Give a number to the neighbourhood and to the force area (else recording force) of each place and point."""
    sets = newest_sets(workspace)
    placed = db.execute("SELECT place_id, set_id, area_code FROM place_areas ORDER BY place_id, set_id, area_code").df()
    levels = []
    for area_type in ("neighbourhood", "pfa"):
        ids = [info.set_id for info in sets if info.area_type == area_type]
        rows = placed[placed["set_id"].isin(ids)].drop_duplicates("place_id")
        levels.append(dict(zip(rows["place_id"], rows["set_id"] + "/" + rows["area_code"], strict=True)))
    if not levels[1]:
        named = [frame["force"].to_numpy() for frame in (secret, points)]
    else:
        named = [frame["place_id"].map(levels[1]).to_numpy() for frame in (secret, points)]
    local = [frame["place_id"].map(levels[0]).to_numpy() for frame in (secret, points)]
    coded = [_numbered(*local), _numbered(*named)]
    return [pair[0] for pair in coded], [pair[1] for pair in coded]


def _numbered(first: "NDArray[np.object_]", second: "NDArray[np.object_]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    codes = pd.factorize(pd.Series(np.concatenate([first, second]), dtype=object))[0].astype(np.int64)
    return codes[: len(first)], codes[len(first) :]
