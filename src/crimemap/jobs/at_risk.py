"""Who or what a map of hotspots is set beside: the residents of small areas, or incidents of another kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import Cells, locate
from crimemap.analysis.grids.positions import Positions
from crimemap.analysis.hotspots.excess import Null
from crimemap.areas.people import Bricks
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.jobs.cell_people import people_of_cells, small_areas
from crimemap.jobs.places import PlaceCounts, count_places
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.streets import map_points
from crimemap.jobs.study_area import StudyArea
from crimemap.workspace import Workspace

__all__ = ["ALL_OTHERS", "OFFENCE", "AtRisk", "incidents_at_risk", "people_at_risk", "sum_in_cells"]

OFFENCE: Final = "offence:"
#: All offence types but the one that is mapped.
ALL_OTHERS: Final = "all"
_MEASURES: Final = ("population", "households")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtRisk:
    """
    Those at risk.

    Attributes
    ----------
    null
        As `local_excess` takes it.
    in_cells
        Gives those at risk in each cell of a grid.
    said
        For the result: what they are, of when, and how they were put into cells.
    """

    null: Null
    in_cells: Callable[[Cells], Floats]
    said: dict[str, Any]


def people_at_risk(
    con: duckdb.DuckDBPyConnection, areas: AreaStore, study: StudyArea, chosen: Chosen, cells: Cells, *, name: str
) -> AtRisk:
    """
    Put residents where their incidents are published.

    police.uk publishes an incident at a map point, the middle of a street that stands for eight addresses or more. So the
    people of a small area are shared among the streets' map points in it, and a cell has those of its own. A force's own
    records have places of their own; for them people are spread evenly over the ground of each small area.

    Parameters
    ----------
    con, areas
        A connection of the incident store, and the boundary sets.
    study, chosen, cells
        The map's study area, selection and cells.
    name
        `population` or `households` (of the newest LSOAs), or a set of small areas: lsoa-2021.

    Raises
    ------
    NotFoundError
        If there are no such areas, or no numbers of theirs.
    EmptyInputError
        If none of the small areas reaches the study area.
    """
    measure, set_name = (name, None) if name in _MEASURES else (_MEASURES[0], name)
    if chosen.confidential or study.geometry is None:
        spread, how = people_of_cells(areas, cells, measure=measure, set_name=set_name)
        return AtRisk(
            null="people",
            in_cells=lambda of: spread if of is cells else people_of_cells(areas, of, measure=measure, set_name=set_name)[0],
            said={"with": "people", "offence_types": None, "number": float(spread.sum()), **how},
        )
    bricks = small_areas(areas, measure=measure, set_name=set_name)
    positions, people = _at_streets(con, bricks, study, chosen.source, measure)
    return AtRisk(
        null="people",
        in_cells=lambda of: sum_in_cells(of, positions, people),
        said={
            "with": "people",
            "offence_types": None,
            "number": float(people.sum()),
            "measure": measure,
            "vintage": bricks.vintages[measure],
            "set_id": bricks.set_id,
            "how": f"of the areas of {bricks.set_id}, shared equally among the streets' map points in each",
        },
    )


def _at_streets(
    con: duckdb.DuckDBPyConnection, bricks: Bricks, study: StudyArea, source: str | None, measure: str
) -> tuple[Positions, Floats]:
    """Share the people of each small area among its streets; what has none stands at a point within it."""
    ground = np.asarray(bricks.frame.geometry.array, dtype=object)
    people = np.nan_to_num(bricks.frame[measure].to_numpy(dtype=np.float64))
    points = map_points(con, tuple(shapely.bounds(study.geometry).tolist()), source=source)
    # Two places can be one point on the ground: longitudes differ in the sixth decimal and metres do not.
    spot, first = np.unique(points[["easting", "northing"]].to_numpy(dtype=np.float64).round(1), axis=0, return_index=True)
    street = ~points["public"].to_numpy(dtype=bool)[first]
    at, brick = shapely.STRtree(ground).query(shapely.points(spot), predicate="intersects")
    _, one = np.unique(at, return_index=True)
    at, brick = at[one], brick[one]
    # A small area with public places alone has its people there.
    streets = np.bincount(brick[street[at]], minlength=ground.size)
    counts = street[at] | (streets[brick] == 0)
    at, brick = at[counts], brick[counts]
    number = np.bincount(brick, minlength=ground.size)
    bare = np.flatnonzero((number == 0) & (people > 0))
    middle = shapely.point_on_surface(ground[bare])
    x = np.concatenate([spot[at, 0], shapely.get_x(middle)])
    y = np.concatenate([spot[at, 1], shapely.get_y(middle)])
    shared = np.concatenate([people[brick] / number[brick], people[bare]])
    shapely.prepare(study.geometry)
    inside = np.asarray(shapely.intersects_xy(study.geometry, x, y), dtype=bool)
    if not shared[inside].sum():
        raise EmptyInputError(
            f"nobody of {bricks.set_id} lives in the study area", where="relative-to", fix="Name small areas of this region."
        )
    return Positions.of_metres(x[inside], y[inside]), shared[inside]


def incidents_at_risk(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    selection: Selection,
    cases: PlaceCounts,
    study: StudyArea,
    *,
    name: str,
    inside_only: bool,
) -> AtRisk:
    """
    Take the incidents of another offence type, or of all others, of the same months and places.

    Parameters
    ----------
    con, workspace
        A connection of the incident store, and where it is.
    selection, cases
        What the map was asked, and its incidents.
    study, inside_only
        The study area, and whether incidents of its cells beyond it are left out.
    name
        An offence type by its name or slug, or `all`: every type but the map's.

    Raises
    ------
    ParameterError
        If the map is of all offence types, or of the one it is to be set beside.
    EmptyInputError
        If there are no such incidents.
    """
    if selection.offence is None:
        raise ParameterError(
            "a map of all offence types has none left to be set beside",
            where="relative-to",
            fix="Name the offence type of the map with --offence.",
        )
    mapped = choose(con, selection).offence_types
    asked = {field: getattr(selection, field) for field in Selection.model_fields}
    other = choose(con, Selection.model_validate(asked | {"offence": None if name == ALL_OTHERS else name}))
    if other.offence_types is not None and set(other.offence_types) & set(mapped or ()):
        raise ParameterError(
            "the map is of the offence type that it is to be set beside",
            where="relative-to",
            fix="Name another offence type, or offence:all for all others.",
        )
    table = count_places(con, other, workspace=workspace).table
    number = table["incidents"].to_numpy(dtype=np.int64)
    if other.offence_types is None:
        held = cases.table.set_index("place_id")["incidents"]
        number = number - held.reindex(table["place_id"]).fillna(0).to_numpy(dtype=np.int64)
    table = table.assign(incidents=number)[number > 0]
    if inside_only:
        shapely.prepare(study.geometry)
        table = table[shapely.intersects_xy(study.geometry, table["easting"], table["northing"])]
    if table.empty:
        raise EmptyInputError(
            "no incident of another offence type is in the study area",
            where="relative-to",
            fix="Name another offence type, or people.",
        )
    axes = ("longitude", "latitude", "easting", "northing")
    incidents = table["incidents"].to_numpy(dtype=np.int64)
    positions = Positions(
        **{axis: table[axis].to_numpy(dtype=np.float64) for axis in axes},
        incidents=incidents,
    )
    return AtRisk(
        null="controls",
        in_cells=lambda of: sum_in_cells(of, positions, incidents.astype(np.float64)),
        said={
            "with": "offence",
            "offence_types": None if other.offence_types is None else list(other.offence_types),
            "number": int(incidents.sum()),
            "measure": None,
            "vintage": None,
            "set_id": None,
            "how": "incidents of "
            + ("all other offence types" if other.offence_types is None else ", ".join(other.offence_types))
            + " in the same months",
        },
    )


def sum_in_cells(cells: Cells, positions: Positions, number: Floats) -> Floats:
    """Add up numbers of positions by cell; shape (n_cells,). Those in no cell are left out."""
    key = locate(cells.kind, **positions.coordinates)
    at = np.minimum(np.searchsorted(cells.key, key), len(cells) - 1)
    inside = cells.key[at] == key
    return np.bincount(at[inside], weights=number[inside], minlength=len(cells)).astype(np.float64)
