"""The map points and their background rates, as a file."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from crimemap.offences import offence_slug
from crimemap.simulate.mix import MIX, OFFENCES
from crimemap.simulate.world import World

__all__ = ["write_map_points"]


def write_map_points(path: Path, world: World) -> None:
    """
    Write every map point: position, street, areas, addresses, and expected background incidents in an average month by type.

    The expected numbers are the background alone; hotspots and near repeats come on top of them.
    """
    points, frame, scale = world.points, world.county.frame, world.scale
    columns: dict[str, object] = {
        "longitude": [f"{value:.6f}" for value in points.longitude],
        "latitude": [f"{value:.6f}" for value in points.latitude],
        "easting": points.easting.round(1),
        "northing": points.northing.round(1),
        "location": points.location,
        "lsoa_code": frame["lsoa"].to_numpy()[points.brick],
        "neighbourhood_code": frame["neighbourhood"].to_numpy()[points.brick],
        "addresses": points.addresses,
    }
    for k, offence in enumerate(OFFENCES):
        share = np.bincount(world.sites.point, weights=world.rates[k], minlength=len(points.brick))
        columns[offence_slug(offence)] = [f"{value:.6g}" for value in share * MIX[offence].monthly * scale]
    pd.DataFrame(columns).to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
