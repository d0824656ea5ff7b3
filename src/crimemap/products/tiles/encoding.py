"""
Writing features as a Mapbox Vector Tile, version 2.1: many at a time, as arrays.

A tile is a message of Protocol Buffers: <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>. Values are written
once for a layer, and a tile takes those that its features have. The package mapbox-vector-tile goes feature by feature and
takes five to nine times as long; tests read tiles with it.
"""

import struct
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.products.layers.layer import Layer
from crimemap.products.tiles.grid import STEPS
from crimemap.tiling import polygonal

__all__ = ["Encoder"]

_SEVEN_BITS: Final = 7
_MOST_BITS: Final = 64
_ONE_BYTE: Final = 0x7F
_BYTES: Final = tuple(bytes([number]) for number in range(_ONE_BYTE + 1))
_MOVE_TO: Final = 9
_LINE_TO: Final = 2
_CLOSE_PATH: Final = 15
#: The message of a feature says that it is a polygon.
_POLYGON: Final = b"\x18\x03"


class Encoder:
    """
    Writes features of one layer.

    Parameters
    ----------
    layer
        Whose names, ids and values are written; what is not known is left out, as a tile has no null.

    Raises
    ------
    TypeError
        If a value is no text, number, true or false.
    """

    def __init__(self, layer: Layer) -> None:
        columns = {"id": layer.ids} | {prop.name: layer.values[prop.name].tolist() for prop in layer.properties}
        self._keys = [_field(3, name.encode()) for name in columns]
        # True equals 1 and 1 equals 1.0, but they are not the same value.
        known: dict[tuple[type, Any], int] = {}
        self._codes = np.full((len(layer), len(columns)), -1, dtype=np.int64)
        for at, column in enumerate(columns.values()):
            self._codes[:, at] = [-1 if v is None else known.setdefault((type(v), v), len(known)) for v in column]
        self._values = [_field(4, _value(value)) for _, value in known]
        self._name = _field(1, layer.id.encode())
        self._end = b"\x28" + _varint(STEPS) + b"\x78\x02"  # the extent, and version 2

    def tile(self, rows: NDArray[np.int64], shapes: NDArray[np.object_]) -> bytes:
        """
        Write a tile.

        Parameters
        ----------
        rows
            Shape (n,). Which features of the layer.
        shapes
            Shape (n,). Their valid geometry in whole steps, east and south of the tile's corner. What has no area is left
            out.
        """
        geometries = _geometries(shapes)
        shown = np.array([bool(one) for one in geometries], dtype=bool)
        codes = self._codes[rows[shown]]
        known = codes >= 0
        used = np.unique(codes[known])
        keys = np.broadcast_to(np.arange(codes.shape[1]), codes.shape)[known]
        pairs = np.column_stack([keys, np.searchsorted(used, codes[known])]).ravel()
        tags = _packed(pairs, 2 * known.sum(axis=1))
        features = [
            _field(2, b"\x08" + _varint(row + 1) + _field(2, tag) + _POLYGON + _field(4, geometry))
            for row, tag, geometry in zip(rows[shown].tolist(), tags, filter(None, geometries), strict=True)
        ]
        values = [self._values[code] for code in used.tolist()]
        return _field(3, b"".join([self._name, *features, *(self._keys if features else ()), *values, self._end]))


def _varint(number: int) -> bytes:
    """
    Write a whole number in as many bytes as it needs, the last seven bits first.

    Examples
    --------
    >>> _varint(1).hex(), _varint(300).hex()
    ('01', 'ac02')
    """
    if number <= _ONE_BYTE:
        return _BYTES[number]
    made = bytearray()
    while number > _ONE_BYTE:
        made.append(number & 0x7F | 0x80)
        number >>= _SEVEN_BITS
    made.append(number)
    return bytes(made)


def _field(number: int, content: bytes) -> bytes:
    """Write a field that has a length."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _value(value: object) -> bytes:
    match value:
        case bool():
            return b"\x38" + _varint(int(value))
        case str():
            return _field(1, value.encode())
        case int():
            return b"\x20" + _varint(value & (1 << _MOST_BITS) - 1)
        case float():
            return b"\x19" + struct.pack("<d", value)
        case _:
            raise TypeError(f"a tile has no value of the kind {type(value).__name__}")


def _packed(numbers: NDArray[np.int64], counts: NDArray[np.int64]) -> list[bytes]:
    """
    Write runs of whole numbers, none negative.

    Parameters
    ----------
    numbers
        Shape (n,). All of them.
    counts
        Shape (m,). How many belong to each run; together n.

    Examples
    --------
    >>> [run.hex() for run in _packed(np.array([1, 300, 2]), np.array([2, 0, 1]))]
    ['01ac02', '', '02']
    """
    sizes = np.ones(numbers.size, dtype=np.int64)
    for bits in range(_SEVEN_BITS, _MOST_BITS - 1, _SEVEN_BITS):
        longer = numbers >> bits > 0
        if not longer.any():
            break
        sizes += longer
    ends = np.concatenate([[0], np.cumsum(sizes)])
    made = np.empty(ends[-1], dtype=np.uint8)
    for place in range(int(sizes.max(initial=0))):
        there = np.flatnonzero(sizes > place)
        more = np.where(sizes[there] > place + 1, 0x80, 0)
        made[ends[there] + place] = (numbers[there] >> place * _SEVEN_BITS) & 0x7F | more
    cuts = ends[np.concatenate([[0], np.cumsum(counts)])].tolist()
    whole = made.tobytes()
    return [whole[start:end] for start, end in pairwise(cuts)]


def _geometries(shapes: NDArray[np.object_]) -> list[bytes]:
    """Write each shape as commands: for each ring a move, the lines to its other corners, and its closing."""
    parts, owner = polygonal(shapes)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts, exterior_cw=False), return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.rint(corners).astype(np.int64)
    # The last corner of a ring is the first again, and a line to where one is already is not allowed.
    kept = np.zeros(len(steps), dtype=bool)
    kept[:-1] = (ring[1:] == ring[:-1]) & (steps[1:] != steps[:-1]).any(axis=1)
    steps, ring = steps[kept], ring[kept]
    of = owner[part] if len(part) else np.empty(0, dtype=np.intp)  # the shape of each ring
    n_corners = np.bincount(ring, minlength=len(rings))
    lengths = 2 * n_corners + 3
    starts = np.cumsum(lengths) - lengths
    before = np.zeros_like(steps)
    same = of[ring[1:]] == of[ring[:-1]]
    before[1:][same] = steps[:-1][same]
    moved = steps - before
    turned = moved << 1 ^ moved >> _MOST_BITS - 1
    place = np.arange(len(steps)) - (np.cumsum(n_corners) - n_corners)[ring]
    at = starts[ring] + 1 + 2 * place + (place > 0)
    commands = np.empty(int(lengths.sum()), dtype=np.int64)
    commands[at], commands[at + 1] = turned[:, 0], turned[:, 1]
    commands[starts] = _MOVE_TO
    commands[starts + 3] = n_corners - 1 << 3 | _LINE_TO
    commands[starts + lengths - 1] = _CLOSE_PATH
    return _packed(commands, np.bincount(of, weights=lengths, minlength=len(shapes)).astype(np.int64))
