"""Where incidents are, in degrees and in metres, each place once with how many it stands for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.checks import require_coordinates
from crimemap.crs import to_wgs84

__all__ = ["Positions"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positions:
    """
    Places with incidents.

    Attributes
    ----------
    longitude, latitude
        Shape (m,). Degrees, EPSG:4326.
    easting, northing
        Shape (m,). The same in metres, EPSG:27700.
    incidents
        Shape (m,). Incidents at each place, whole numbers of 0 or more.
    """

    longitude: Floats
    latitude: Floats
    easting: Floats
    northing: Floats
    incidents: NDArray[np.int64]

    @classmethod
    def of_metres(cls, easting: ArrayLike, northing: ArrayLike, *, incidents: ArrayLike | None = None) -> "Positions":
        """
        Make positions of National Grid metres.

        Parameters
        ----------
        easting, northing
            Shape (m,). Metres, EPSG:27700.
        incidents
            Shape (m,). 1 each where not given.

        Raises
        ------
        InputError
            If they are not finite or look like degrees.
        """
        x, y = require_coordinates(easting, northing, where="incidents")
        lon, lat = to_wgs84(x, y)
        number = np.ones(x.size, dtype=np.int64) if incidents is None else np.asarray(incidents, dtype=np.int64).ravel()
        return cls(longitude=lon, latitude=lat, easting=x, northing=y, incidents=number)

    def __len__(self) -> int:
        """Count the places."""
        return int(self.easting.size)

    @property
    def coordinates(self) -> dict[str, Floats]:
        """The four coordinates by name, as `locate` takes them."""
        return {
            "longitude": self.longitude,
            "latitude": self.latitude,
            "easting": self.easting,
            "northing": self.northing,
        }
