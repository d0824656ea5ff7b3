"""Boundary sets: all areas of one type and vintage, and what is known about them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["BoundarySet", "BoundarySetInfo", "Repair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was done to the shape of one area, and by how much its area changed."""

    area_code: str
    what: str
    change_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundarySetInfo:
    """What is known about a boundary set without reading its shapes."""

    set_id: str
    area_type: str
    vintage: str
    force: str | None
    n_areas: int
    source_file: str
    sha256: str
    content: str
    publisher: str
    licence: str
    attribution: str
    added_at: str
    repairs: tuple[Repair, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give the fields as JSON can hold them."""
        made = asdict(self)
        made["repairs"] = [asdict(repair) for repair in self.repairs]
        made["notes"] = list(self.notes)
        return made

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> "BoundarySetInfo":
        """Make one from what `as_dict` gave."""
        fields = dict(held)
        fields["repairs"] = tuple(Repair(**repair) for repair in held["repairs"])
        fields["notes"] = tuple(held["notes"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class BoundarySet:
    """
    A boundary set with its shapes.

    `frame` is indexed by `area_code`, sorted, with columns `area_name`, `area_m2` (square metres) and `geometry` (valid
    Polygon or MultiPolygon, EPSG:27700 metres, two dimensions).
    """

    info: BoundarySetInfo
    frame: "gpd.GeoDataFrame"
