"""The shapes of the answers under `/mapit`, as MapIt gives them."""

from typing import Any

from pydantic import BaseModel, Field, RootModel

__all__ = [
    "AreaRecord",
    "AreaRecords",
    "Generations",
    "GeometryRecord",
    "GeometryRecords",
    "MapItError",
    "NearestRecord",
    "PositionRecord",
    "PostcodeRecord",
    "RelationRecords",
    "Types",
]


class AreaRecord(BaseModel):
    """An area. `vintage`, `force` and `population` are ours."""

    id: int = Field(description="The same in every release with this boundary set.", examples=[1486120973])
    name: str = Field(examples=["Cambridge"])
    parent_area: int | None = Field(description="The area that it lies in, of the nearest type above.", examples=[40213377])
    type: str = Field(examples=["CSP"])
    type_name: str = Field(examples=["Community safety partnership"])
    country: str = Field(examples=["E"])
    country_name: str = Field(examples=["England"])
    generation_low: int = Field(examples=[201700])
    generation_high: int = Field(examples=[202100])
    codes: dict[str, str] = Field(description="`gss`, or `police` as FORCE:CODE.", examples=[{"gss": "E22000013"}])
    all_names: dict[str, list[str]] = Field(description="Always empty.", examples=[{}])
    vintage: str = Field(examples=["2017"])
    force: str | None = Field(examples=["cambridgeshire"])
    population: int | None = Field(examples=[124900])


class RelationRecord(AreaRecord):
    """An area with what it shares with the one asked about."""

    share_of_this: float = Field(description="Of the ground of the area asked about.", examples=[0.031])
    share_of_other: float = Field(description="Of the ground of this one.", examples=[0.994])
    population_share: float | None = Field(
        description="Of the people of the area asked about, by small areas; null where it is not known.", examples=[0.042]
    )
    population_share_of_other: float | None = Field(description="Of the people of this one.", examples=[0.991])
    sliver: bool = Field(description="Two drawings of one line rather than common ground.", examples=[False])
    shared_m2: float = Field(examples=[40701223.5])
    shared_border_m: float | None = Field(description="Metres, of areas that touch.", examples=[None])


class AreaRecords(RootModel[dict[str, AreaRecord]]):
    """Areas by number."""


class RelationRecords(RootModel[dict[str, RelationRecord | AreaRecord]]):
    """Areas by number, the largest shares first."""


class PositionRecord(BaseModel):
    """Where a postcode is."""

    postcode: str = Field(examples=["CB2 1TN"])
    easting: int = Field(examples=[544705])
    northing: int = Field(examples=[258430])
    coordsyst: str = Field(description="G: Great Britain.", examples=["G"])
    wgs84_lat: float = Field(examples=[52.205105])
    wgs84_lon: float = Field(examples=[0.116179])


class PostcodeRecord(PositionRecord):
    """Where a postcode is and what it lies in."""

    areas: dict[str, AreaRecord]
    shortcuts: dict[str, Any] = Field(
        description="Numbers of the council (county and district, where there are two) and of the police area.",
        examples=[{"council": 1486120973, "police": 40213377}],
    )


class NearPosition(PositionRecord):
    """The nearest postcode."""

    distance: int = Field(description="Metres.", examples=[21])


class NearestRecord(BaseModel):
    """The nearest postcode."""

    postcode: NearPosition


class GeometryRecord(BaseModel):
    """The measurements of an area: metres and square metres on the National Grid, and degrees."""

    parts: int = Field(examples=[1])
    srid_en: int = Field(examples=[27700])
    area: float = Field(examples=[40701223.5])
    min_e: float
    min_n: float
    max_e: float
    max_n: float
    centre_e: float
    centre_n: float
    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float
    centre_lon: float
    centre_lat: float


class GeometryRecords(RootModel[dict[str, GeometryRecord]]):
    """Measurements by the number of the area."""


class Generation(BaseModel):
    """A vintage of boundaries."""

    id: int = Field(description="Its year and month; month 00 where boundaries are of a year.", examples=[202400])
    active: bool
    created: str = Field(description="When the release was built.", examples=["2026-11-24T20:13:32Z"])
    description: str = Field(examples=["Boundaries of 2024"])


class Generations(RootModel[dict[str, Generation]]):
    """Generations by number."""


class AreaType(BaseModel):
    """A type of areas."""

    code: str = Field(examples=["CSP"])
    description: str = Field(examples=["Community safety partnership"])
    areas: int = Field(description="How many there are.", examples=[314])


class Types(RootModel[dict[str, AreaType]]):
    """Types by code."""


class MapItError(BaseModel):
    """Why there is no answer."""

    error: str = Field(examples=["There is no such area"])
    code: int = Field(examples=[404])
