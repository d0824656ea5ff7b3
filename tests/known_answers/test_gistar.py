"""Gi* against published and independently computed figures."""

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import csr_array

from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import kernel_shape
from crimemap.analysis.grids.grid import GridSquares, count_in_cells, grid_squares, square_index, square_neighbours
from crimemap.analysis.hotspots.gistar import gistar
from tests.real_data import REAL_DATA, needs_real_data


def test_six_points_give_the_z_of_spdep_to_eight_digits():
    places = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    found = gistar([2, 3, 3.2, 5, 8, 7], csr_array((apart <= 15).astype(float)), test="normal")
    published = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    assert found.z == pytest.approx(published, abs=1e-8)


def _memphis(size: float) -> tuple[np.ndarray, np.ndarray, GridSquares]:
    """The grid of the reference: squares from half a cell outside the points, over their hull widened by half a cell."""
    points = pd.read_csv(REAL_DATA / "reference" / "memphis_robberies_jan.csv")
    x, y = Transformer.from_crs(4326, 32615, always_xy=True).transform(points["lon"], points["lat"])
    x, y = x - x.min() + size / 2 + 1e6, y - y.min() + size / 2 + 1e6
    hull = shapely.convex_hull(shapely.MultiPoint(np.column_stack([x, y])))
    return x, y, grid_squares(hull.buffer(size / 2, quad_segs=30), cell_size_m=size)


@needs_real_data
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("size", "cells", "first"), [(200.0, 16_133, [-0.243, -0.266, 3.20]), (500.0, 2_715, [-0.546, -0.598, 0.716, 0.893])]
)
def test_memphis_robberies_give_the_z_of_sfhotspot(size, cells, first):
    x, y, squares = _memphis(size)
    counted = count_in_cells(squares.key, square_index(x, y, cell_size_m=size))
    z = gistar(counted.counts, square_neighbours(squares), test="normal").z
    assert (len(squares), counted.outside) == (cells, 0)
    distinct = list(dict.fromkeys(z.round(6).tolist()))
    assert distinct[: len(first)] == pytest.approx(first, abs=5e-3 if size == 200 else 5e-4)


@needs_real_data
@pytest.mark.real_data
def test_memphis_robberies_give_the_density_of_sfhotspot():
    x, y, squares = _memphis(200.0)
    surface = kernel_density(x, y, bandwidth_m=1000, cell_size_m=200, kernel="quartic")
    row = ((squares.northing[:9] - surface.south_m) // 200).astype(int)
    column = ((squares.easting[:9] - surface.west_m) // 200).astype(int)
    unnormalised = surface.density_per_km2[row, column] / (kernel_shape("quartic").peak / 1000**2 * 1e6)
    published = [0.0658, 0.315, 0.618, 0.867, 1.00, 0.997, 0.821, 0.518, 0.208]
    assert unnormalised == pytest.approx(published, abs=5e-3)
