"""Small maps for tests."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from crimemap.alignment.mergers.contiguity import Contiguity
from crimemap.alignment.mergers.misfit import Fit
from crimemap.alignment.mergers.problem import Problem


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
