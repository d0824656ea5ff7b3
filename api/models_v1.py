"""The shapes of the answers under `/v1`, our own part."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

__all__ = [
    "AreaDetail",
    "AreaPage",
    "AreaSet",
    "AreaSummary",
    "Feature",
    "FeatureCollection",
    "Problem",
    "Release",
    "Releases",
]

Status = Annotated[
    Literal["counted", "no_data", "suppressed"],
    Field(
        description=(
            "`counted`: the count holds, zero included. `no_data`: the force published nothing, so nothing is known. "
            "`suppressed`: there is a count, and it is withheld to protect people."
        )
    ),
]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2025-03"])]


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str


class AreaSet(BaseModel):
    """All areas of one type and vintage."""

    area_type: str = Field(examples=["csp"])
    vintage: str = Field(examples=["2023"])
    areas: int
    forces: list[str] = Field(description="Forces that the areas are counted for.")
    publisher: str | None
    licence: str | None
    attribution: str | None


class AreaName(BaseModel):
    """An area; identity is type, code and vintage, and the force where several use the same code."""

    area_type: str = Field(examples=["neighbourhood"])
    vintage: str = Field(examples=["2025"])
    area_code: str = Field(examples=["NC04"])
    area_name: str
    force: str | None


class AreaPage(BaseModel):
    """Some of the areas of a type."""

    total: int
    offset: int
    areas: list[AreaName]


class Parent(BaseModel):
    """A larger area that holds this one."""

    area_type: str
    area_code: str


class AreaDetail(AreaName):
    """One area."""

    area_m2: float | None
    population: int | None
    households: int | None
    bbox: list[float] | None = Field(description="West, south, east, north in degrees.")
    parents: list[Parent]


class MonthCount(BaseModel):
    """The incidents of a month."""

    month: Month
    incidents: int | None = Field(description="Null unless the status is `counted`.")
    status: Status


class OffenceSeries(BaseModel):
    """Counts of one offence type, oldest month first."""

    offence_type: str = Field(examples=["Burglary", "All"])
    category: str = Field(examples=["burglary", "all-crime"])
    months: list[MonthCount]


class AreaSummary(BaseModel):
    """Counts of an area by month and offence type."""

    area: AreaName
    population: int | None
    first_month: Month
    last_month: Month
    series: list[OffenceSeries]


class Feature(BaseModel):
    """A GeoJSON feature, longitude first (RFC 7946)."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeatureCollection(BaseModel):
    """GeoJSON features and what holds for all of them."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    properties: dict[str, Any]


class Release(BaseModel):
    """The release that is being served."""

    id: str = Field(examples=["20250301T120000Z-1a2b3c4d"])
    active: bool
    created_at: str | None
    first_month: Month | None
    latest_month: Month | None
    attribution: str | None


class Releases(BaseModel):
    """Releases that the public may see: the active one."""

    releases: list[Release]
