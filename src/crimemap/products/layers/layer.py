"""A layer: features of one kind with their properties and shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Layer", "Property"]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a layer's features: its name, its JSON type, and what it is."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Layer:
    """
    Features of one kind.

    Parameters
    ----------
    ids
        Shape (n,). What tells each feature from the others of the layer.
    values
        Property name to shape (n,) values: texts, numbers, true and false; `None` for what is not known.
    shapes
        Shape (n,). Geometry in degrees, longitude first.
    months
        First and last month that the features speak of; none where they are not of a time.
    """

    id: str
    title: str
    description: str
    properties: tuple[Property, ...]
    ids: list[str]
    values: Mapping[str, NDArray[np.object_]]
    shapes: NDArray[np.object_]
    months: tuple[str, str] | None = None
    attribution: str = ""

    def __len__(self) -> int:
        """Count the features."""
        return len(self.ids)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """The box of all features, degrees: west, south, east, north."""
        if not len(self):
            return None
        west, south, east, north = (float(value) for value in shapely.total_bounds(self.shapes))
        return None if np.isnan(west) else (west, south, east, north)
