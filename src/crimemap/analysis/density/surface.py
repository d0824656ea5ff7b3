"""Density surfaces: a value for each cell of a raster, with what made it."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.density.kernels import Kernel

__all__ = ["EDGE_CORRECTIONS", "EdgeCorrection", "Surface"]

M2_PER_KM2: Final = 1e6

EdgeCorrection = Literal["none", "uniform", "diggle"]
EDGE_CORRECTIONS: Final[tuple[EdgeCorrection, ...]] = get_args(EdgeCorrection)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """
    A kernel density surface.

    Attributes
    ----------
    density_per_km2
        Shape (n_rows, n_columns). Incidents per square kilometre at the cells' centres; row 0 is the southernmost, column 0
        the westernmost; NaN where the centre is outside the study area.
    west_m, south_m
        Corner of the surface, metres, EPSG:27700; a whole number of cells from the grid's origin.
    cell_size_m
        Side of a cell.
    kernel, bandwidth_m, bandwidth_rule
        How it was made; the rule is `given`, or the one that chose the bandwidth.
    edge_correction
        `none`, `uniform` or `diggle`.
    error_bound
        Largest error of a cell, as a share of the highest.
    n_points
        Points of weight above 0.
    incidents
        Sum of weights: what the surface integrates to where it is cut neither by an extent nor by a study area.
    """

    density_per_km2: Floats
    west_m: float
    south_m: float
    cell_size_m: float
    kernel: Kernel
    bandwidth_m: float
    bandwidth_rule: str = "given"
    edge_correction: EdgeCorrection = "none"
    error_bound: float
    n_points: int
    incidents: float

    @property
    def easting(self) -> Floats:
        """Shape (n_columns,). Centres, metres."""
        return np.asarray(
            self.west_m + (np.arange(self.density_per_km2.shape[1]) + 0.5) * self.cell_size_m, dtype=np.float64
        )

    @property
    def northing(self) -> Floats:
        """Shape (n_rows,). Centres, metres."""
        return np.asarray(
            self.south_m + (np.arange(self.density_per_km2.shape[0]) + 0.5) * self.cell_size_m, dtype=np.float64
        )

    @property
    def affine(self) -> tuple[float, float, float, float, float, float]:
        """
        Transform of the north-up raster, as rasterio's `Affine` takes it.

        Its first row is the northernmost: give it `density_per_km2[::-1]`.
        """
        north = self.south_m + self.density_per_km2.shape[0] * self.cell_size_m
        return (self.cell_size_m, 0.0, self.west_m, 0.0, -self.cell_size_m, north)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Shape (n_rows, n_columns). Whether a cell's centre is in the study area."""
        return ~np.isnan(self.density_per_km2)

    @property
    def integral(self) -> float:
        """Incidents under the surface, inside the study area."""
        return float(np.nansum(self.density_per_km2)) * self.cell_size_m**2 / M2_PER_KM2

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this surface."""
        return {
            "kernel": self.kernel,
            "bandwidth_m": self.bandwidth_m,
            "bandwidth_rule": self.bandwidth_rule,
            "edge_correction": self.edge_correction,
            "cell_size_m": self.cell_size_m,
            "error_bound": self.error_bound,
        }
