"""Where analyses may look: forces with data, sets of areas and their shapes, for whoever asks."""

import json
from typing import Any, Final

import numpy as np
import shapely

from api.errors import BadRequestError, ForbiddenError
from api.processes_areas import own_areas
from crimemap.access.principal import Principal
from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.store import AreaStore
from crimemap.crs import to_wgs84
from crimemap.forces import FORCES
from crimemap.incidents.store import IncidentStore
from crimemap.workspace import Workspace

__all__ = ["MOST_AREAS", "places_of", "shapes_of"]

#: Areas of a set that are drawn on a map; sets with more are named by their codes.
MOST_AREAS: Final = 4_000
#: Lines are drawn as a screen of so many points shows them.
_POINTS_ACROSS: Final = 1_500
_DIGITS: Final = 5


def places_of(who: Principal, workspace: Workspace) -> dict[str, Any]:
    """
    List the forces with the months that they have data of, offence types, and the sets of areas.

    A team is given its own force and areas, and those sets that hold them.
    """
    with IncidentStore(workspace).connect() as con:
        held = con.execute(
            "SELECT force, min(month), max(month) FROM coverage WHERE table_name = 'incidents' AND status = 'loaded' "
            "AND (? = '' OR force = ?) GROUP BY force ORDER BY force",
            [who.force, who.force],
        ).fetchall()
        offences = con.execute(
            "SELECT DISTINCT offence_type FROM incidents "
            "WHERE offence_type IS NOT NULL AND (? = '' OR force = ?) ORDER BY offence_type",
            [who.force, who.force],
        ).fetchall()
    own = own_areas(who, workspace)
    sets = [info for info in AreaStore(workspace).sets() if not who.force or info.set_id in {area.set_id for area, _ in own}]
    return {
        "team": bool(who.force),
        "forces": [
            {"force": slug, "name": FORCES[slug].name if slug in FORCES else slug, "first_month": first, "last_month": last}
            for slug, first, last in held
        ],
        "offence_types": [name for (name,) in offences],
        "sets": [_set(info) for info in sorted(sets, key=lambda info: info.set_id)],
        "areas": [
            {"area": f"{area.set_id}:{area.area_code}", "area_type": area.area_type, "name": name} for area, name in own
        ],
    }


def _set(info: BoundarySetInfo) -> dict[str, Any]:
    return {
        "set_id": info.set_id,
        "area_type": info.area_type,
        "vintage": info.vintage,
        "force": info.force,
        "areas": info.n_areas,
        "drawn": info.n_areas <= MOST_AREAS,
        "attribution": info.attribution,
    }


def shapes_of(who: Principal, workspace: Workspace, set_id: str) -> tuple[bytes, int]:
    """
    Draw the areas of a set, simplified so that neighbours keep one common line.

    Returns
    -------
    document
        GeoJSON; of a team only its own areas.
    n_areas
        How many.

    Raises
    ------
    NotFoundError
        If there is no such set.
    ForbiddenError
        If none of a team's areas is in it.
    BadRequestError
        If the set has too many areas to be drawn.
    """
    store = AreaStore(workspace)
    info = store.info(set_id)
    if who.force:
        own = [area.area_code for area, _ in own_areas(who, workspace) if area.set_id == set_id]
        if not own:
            raise ForbiddenError("none of your areas is in this set")
        frame = store.read(set_id).frame.loc[own]
    elif info.n_areas > MOST_AREAS:
        raise BadRequestError(
            f"{info.n_areas:,} areas are too many for a map", where="set_id", fix="Name one by its code: SET:CODE."
        )
    else:
        frame = store.read(set_id).frame
    shapes = np.asarray(frame.geometry.array, dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    shapes = shapely.coverage_simplify(shapes, max(east - west, north - south) / _POINTS_ACROSS)
    degrees = shapely.transform(shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1])).round(_DIGITS))
    texts = [
        '{"type":"Feature","properties":'
        + json.dumps({"code": code, "name": name}, ensure_ascii=False)
        + ',"geometry":'
        + shape
        for code, name, shape in zip(frame.index, frame["area_name"], shapely.to_geojson(degrees), strict=True)
    ]
    return ('{"type":"FeatureCollection","features":[' + ",".join(f"{text}}}" for text in texts) + "]}").encode(), len(texts)
