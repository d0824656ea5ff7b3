import numpy as np
import pytest
import shapely

from crimemap.analysis.density.contours import region_above, volume_regions
from crimemap.analysis.density.kde import kernel_density
from crimemap.errors import EmptyInputError, ParameterError


def test_the_half_of_one_gaussian_lies_within_its_median_circle():
    surface = kernel_density([500_003.0], [200_007.0], bandwidth_m=1000, kernel="gaussian", cell_size_m=20)
    regions = volume_regions(surface, [0.95, 0.5])
    assert [region.share for region in regions] == [0.5, 0.95]
    for region in regions:
        radius = 1000 * np.sqrt(-2 * np.log(1 - region.share))
        assert region.area_km2 == pytest.approx(np.pi * radius**2 / 1e6, rel=2e-3)
        assert region.geometry.area / 1e6 == pytest.approx(region.area_km2, rel=2e-3)
        assert region.level_per_km2 == pytest.approx((1 - region.share) / (2 * np.pi), rel=2e-3)
        assert region.share <= region.holds < region.share + 1e-3
        assert region.geometry.centroid.distance(shapely.Point(500_003, 200_007)) < 5


def test_regions_are_nested_and_no_other_cells_hold_as_much():
    rng = np.random.default_rng(1)
    surface = kernel_density(*rng.normal([500_000, 200_000], 800, (200, 2)).T, bandwidth_m=400)
    small, large = volume_regions(surface, [0.3, 0.6])
    assert large.geometry.buffer(1).covers(small.geometry)
    density = surface.density_per_km2
    assert (density >= small.level_per_km2).sum() * 0.01 == pytest.approx(small.area_km2)
    fewer = np.sort(density.ravel())[::-1][: round(small.area_km2 / 0.01) - 1]
    assert fewer.sum() < 0.3 * density.sum()


def test_a_region_may_have_holes_and_parts():
    values = np.zeros((9, 15))
    values[1:8, 1:8] = 1
    values[4, 4] = 0
    values[4, 12] = 1
    region = region_above(values, 0.5, west_m=0, south_m=0, cell_size_m=10)
    assert [len(part.interiors) for part in shapely.get_parts(region)] == [1, 0]
    assert region.covers(shapely.Point(15, 15))
    assert not region.covers(shapely.Point(45, 45))


def test_what_is_not_known_is_in_no_region():
    values = np.full((5, 5), 3.0)
    values[:, 3:] = np.nan
    region = region_above(values, 1.0, west_m=0, south_m=0, cell_size_m=10)
    assert region.bounds[2] <= 35
    assert region_above(np.full((2, 2), np.nan), 1.0, west_m=0, south_m=0, cell_size_m=10).is_empty


def test_shares_are_between_0_and_1_and_something_is_there():
    surface = kernel_density([500_000.0], [200_000.0], bandwidth_m=500)
    for shares in ([0], [1], [np.nan], []):
        with pytest.raises(ParameterError, match="not between 0 and 1"):
            volume_regions(surface, shares)
    empty = kernel_density([500_000.0], [200_000.0], bandwidth_m=500, extent=(6e5, 3e5, 6.01e5, 3.01e5))
    with pytest.raises(EmptyInputError, match="0 everywhere"):
        volume_regions(empty)
