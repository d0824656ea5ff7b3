"""Small maps for tests."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from crimemap.alignment.mergers.contiguity import Contiguity
from crimemap.alignment.mergers.lay_out import Counted, lay_out
from crimemap.alignment.mergers.misfit import Fit
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.problem import Problem
from crimemap.alignment.mergers.whereabouts import Around


def squares(columns: int, rows: int, *, side: float = 1000.0, gap: float = 0.0) -> gpd.GeoDataFrame:
    """A chequered county: codes by row and column, `gap` metres between squares."""
    codes = [f"U{r}{c}" for r in range(rows) for c in range(columns)]
    shapes = [
        shapely.box(c * side, r * side, (c + 1) * side - gap, (r + 1) * side - gap)
        for r in range(rows)
        for c in range(columns)
    ]
    return gpd.GeoDataFrame(index=codes, geometry=shapes, crs=27700)


def neighbours(units, pairs) -> Contiguity:
    """Neighbours as declared."""
    edges = pd.DataFrame([(a, b, 1000.0, False) for a, b in pairs], columns=["unit", "neighbour", "shared_m", "declared"])
    return Contiguity(units=tuple(units), edges=edges, gap_m=5.0, shortest_m=100.0)


def problem(graph: nx.Graph, residents, *, outside=None, population=None, **more) -> Problem:
    """A problem from a graph of 0..n-1 and a matrix; `outside` is one more row, of a unit that is not searched."""
    n = len(graph)
    units = [f"u{k:02d}" for k in range(n)]
    matrix = np.asarray(residents, dtype=float).reshape(n, -1)
    rows = matrix if outside is None else np.vstack([matrix, outside])
    every = [*units, "elsewhere"] if outside is not None else units
    people = matrix.sum(axis=1) if population is None else np.asarray(population, dtype=float)
    return Problem(
        fit=Fit.from_matrix(rows, every, [f"T{t}" for t in range(matrix.shape[1])]),
        contiguity=neighbours(units, [(units[min(a, b)], units[max(a, b)]) for a, b in sorted(graph.edges)]),
        population=dict(zip(units, people.tolist(), strict=True)),
        units=tuple(units),
        **({"cross_force": True} | more),
    )


def indices(groups) -> tuple:
    """Codes back to numbers, tidy."""
    return tuple(sorted(tuple(sorted(int(code[1:]) for code in group)) for group in groups))


def boxes(named: dict[str, tuple[float, float, float, float]]) -> gpd.GeoDataFrame:
    """Rectangles in kilometres, by code, well inside the National Grid; names are the codes with a word before."""
    shapes = [shapely.box(*(400_000 + 1000 * value for value in box)) for box in named.values()]
    return gpd.GeoDataFrame({"area_name": [f"Area {code}" for code in named]}, index=list(named), geometry=shapes, crs=27700)


def grid_of_bricks(columns: int, rows: int, *, people=100) -> gpd.GeoDataFrame:
    """Bricks of one square kilometre, `b<row><column>`; `people` is a number or one for each."""
    made = boxes({f"b{r}{c}": (c, r, c + 1, r + 1) for r in range(rows) for c in range(columns)})
    made["population"] = np.broadcast_to(np.asarray(people, dtype=float), len(made))
    made["households"] = made["population"] / 2
    return made


#: Four units in a row, 2 x 2 km each, in two forces; "E22000003" lies half in Z and half in W.
UNITS = {"E22000001": (0, 0, 2, 2), "E22000002": (2, 0, 4, 2), "E22000003": (4, 0, 6, 2), "E22000004": (6, 0, 8, 2)}
TARGETS = {"X": (0, 0, 4, 2), "Z": (4, 0, 5, 2), "W": (5, 0, 8, 2)}
DISTRICTS = {
    "E07000001": (0, 0, 2, 2), "E07000002": (2, 0, 4, 2), "E06000003": (4, 0, 5, 2), "E06000004": (5, 0, 6, 2),
    "W06000005": (6, 0, 8, 2),
}  # fmt: skip
COUNTIES = {"E10000001": (0, 0, 4, 2), "E06000003": (4, 0, 5, 2), "E06000004": (5, 0, 6, 2)}
FORCES = {"E23000001": (0, 0, 6, 2), "W15000001": (6, 0, 8, 2)}


def small(*, units=None, targets=None, bricks=None, around=True, incidents: Counted | None = None, **more) -> Planning:
    """A planning of 16 bricks of 100 people: see `UNITS`, `TARGETS`."""
    return lay_out(
        boxes(UNITS) if units is None else units,
        boxes(TARGETS) if targets is None else targets,
        grid_of_bricks(8, 2) if bricks is None else bricks,
        around=Around(districts=boxes(DISTRICTS), counties=boxes(COUNTIES), forces=boxes(FORCES)) if around else None,
        incidents=incidents,
        **({"unit_type": "csp", "target_type": "bcu", "unit_set": "csp-2017", "target_set": "bcu-2017"} | more),
    )


def planned(graph: nx.Graph, residents, *, force=None, county=None) -> Planning:
    """A planning from a graph of 0..n-1 and a matrix: a brick for each unit and target."""
    n = len(graph)
    units = [f"E22{k:06d}" for k in range(n)]
    matrix = np.asarray(residents, dtype=float).reshape(n, -1)
    rows = [(units[i], f"T{t}", matrix[i, t]) for i in range(n) for t in range(matrix.shape[1])]
    bricks = pd.DataFrame(rows, columns=["unit", "target", "population"])
    bricks.insert(0, "brick", [f"b{k}" for k in range(len(bricks))])
    for column in ("district", "county"):
        bricks[column] = pd.Series([None] * len(bricks), dtype=object)
    bricks["force"] = "E23000001"
    bricks["easting"], bricks["northing"] = np.arange(len(bricks)) * 1000.0 + 400_000, 400_000.0
    bricks["households"], bricks["cut_population"] = np.nan, 0.0
    table = pd.DataFrame({"name": [f"Unit {k}" for k in range(n)], "population": matrix.sum(axis=1)}, index=units)
    table["households"], table["incidents"], table["area_m2"] = np.nan, np.nan, 1e6
    table["force"] = "E23000001" if force is None else force
    table["county"] = pd.Series([None] * n if county is None else county, index=units, dtype=object)
    table["districts"] = pd.Series([() for _ in units], index=units, dtype=object)
    table["country"], table["unitary"] = "E", None
    targets = [f"T{t}" for t in range(matrix.shape[1])]
    return Planning(
        units=table,
        targets=pd.DataFrame({"name": targets, "population": matrix.sum(axis=0)}, index=targets),
        bricks=bricks,
        contiguity=neighbours(units, [(units[min(a, b)], units[max(a, b)]) for a, b in sorted(graph.edges)]),
        unit_type="csp",
        target_type="bcu",
        unit_set="csp-2017",
        target_set="bcu-2017",
    )
