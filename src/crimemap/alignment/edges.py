"""The edges of a boundary set, each once, with the units on its two sides."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.compiled import compiled_unfused
from crimemap.tiling import polygonal

__all__ = ["Edges", "edges_of"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Geometries = NDArray[np.object_]

_NONE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """
    Edges of units, that two units share being one.

    Attributes
    ----------
    ends
        Shape (n, 4). `x0`, `y0`, `x1`, `y1` from west to east, and upwards where an edge is upright; metres.
    below, above
        Shape (n,). The unit below and the one above, -1 for none; of an upright edge the unit to the east is the one below,
        as if the plane were tilted a little.
    """

    ends: Floats
    below: Indices
    above: Indices


def edges_of(shapes: Geometries) -> Edges:
    """Take the edges of polygons; shape (n,)."""
    parts, owner = polygonal(shapes)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy = np.ascontiguousarray(shapely.get_coordinates(rings)) + 0.0  # no negative zero, which looks like another number
    start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    ends, below, above = _joined(xy, xy.view(np.uint64), start, owner[part].astype(np.int32))
    return Edges(ends, below, above)


@compiled_unfused
def _joined(
    xy: Floats, bits: NDArray[np.uint64], start: NDArray[np.int64], unit: Indices
) -> tuple[Floats, Indices, Indices]:
    """Make one edge of two that lie on one another with their units on either side."""
    most = xy.shape[0] - unit.size
    ends = np.empty((most, 4))
    sides = np.empty((most, 2), np.int32)
    power = 4
    while (1 << power) < 2 * most:
        power += 1
    held = np.full(1 << power, -1, np.int32)
    mask = np.uint64((1 << power) - 1)
    shift = np.uint64(64 - power)
    n = 0
    for ring in range(unit.size):
        for k in range(start[ring], start[ring + 1] - 1):
            first, last = k, k + 1
            if xy[k, 0] == xy[k + 1, 0] and xy[k, 1] == xy[k + 1, 1]:
                continue
            # A ring runs against the clock, so going west, or down, the unit is to the south, or east.
            side = 1
            if xy[k + 1, 0] < xy[k, 0] or (xy[k + 1, 0] == xy[k, 0] and xy[k + 1, 1] < xy[k, 1]):
                first, last, side = k + 1, k, 0
            x0, y0, x1, y1 = xy[first, 0], xy[first, 1], xy[last, 0], xy[last, 1]
            key = np.uint64(0)
            for value in (bits[first, 0], bits[first, 1], bits[last, 0], bits[last, 1]):
                key = (key ^ value ^ (value >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
                key ^= key >> np.uint64(32)
            place = (key * np.uint64(0x9E3779B97F4A7C15)) >> shift
            while held[place] >= 0:
                other = held[place]
                if (
                    sides[other, side] < 0
                    and ends[other, 0] == x0
                    and ends[other, 1] == y0
                    and ends[other, 2] == x1
                    and ends[other, 3] == y1
                ):
                    sides[other, side] = unit[ring]
                    break
                place = (place + np.uint64(1)) & mask
            else:
                held[place] = n
                ends[n, 0], ends[n, 1], ends[n, 2], ends[n, 3] = x0, y0, x1, y1
                sides[n, side] = unit[ring]
                sides[n, 1 - side] = -1
                n += 1
    return ends[:n].copy(), sides[:n, 0].copy(), sides[:n, 1].copy()
