"""The shapes of the answers under `/v1/alignment`. docs/json describes the documents field by field."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "AlignmentMap",
    "AlignmentOverview",
    "LadderDocument",
    "OverlapDocument",
    "PlanningDocument",
    "ScenarioRequest",
    "ScoreDocument",
    "SearchRequest",
    "SearchStatus",
]

Number = float | None


class Bounds(BaseModel):
    """What may be asked."""

    time_limit_s: float = Field(description="Seconds that a search may take.")
    searches_at_once: int
    steps: int = Field(description="Steps that a scenario may have.")
    bricks: int = Field(description="Bricks that a scenario may name.")


class ComparedSet(BaseModel):
    """A boundary set that is compared."""

    set_id: str = Field(examples=["csp-2024"])
    area_type: str = Field(examples=["csp"])
    sources: list[str] = Field(description="The boundary sets that it is made of: several where forces have their own.")
    areas: int
    attribution: list[str]
    can_be_merged: bool


class ComparedPair(BaseModel):
    """A pair of sets, by its measures."""

    source: str
    target: str
    classes: dict[str, int] = Field(description="How many areas of the source have each class.")
    measures: dict[str, dict[str, Number]] = Field(description="By area_m2, population, households and incidents.")
    slivers: int


class SetPair(BaseModel):
    """Sets with which mergers can be planned."""

    units: str
    targets: str


class Counted(BaseModel):
    """Which incidents were counted."""

    months: list[str] = Field(description="The same for every area.")
    forces: list[str]
    left_out: list[dict[str, str]] = Field(description="Forces whose areas have no count, and why: null, never 0.")


class AlignmentOverview(BaseModel):
    """What is compared with what."""

    release: str
    attribution: str | None
    sets: list[ComparedSet]
    pairs: list[ComparedPair]
    ladder: bool
    planning: list[SetPair]
    bricks: dict[str, Any] | None = Field(description="The small areas with people; null where none are known.")
    incidents: Counted
    missing: list[str] = Field(description="Sentences: what is not there.")
    limits: Bounds


class OverlapDocument(BaseModel):
    """The document of `crimemap align --json`."""

    process: Literal["overlap"]
    parameters: dict[str, Any]
    source: dict[str, Any]
    target: dict[str, Any]
    bricks: dict[str, Any] | None
    incidents: dict[str, Any] | None
    measures: dict[str, dict[str, Number]]
    classes: dict[str, dict[str, int]]
    boundary: None
    slivers: dict[str, float]
    sources: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    pieces: list[dict[str, Any]]


class LadderDocument(BaseModel):
    """The document of `crimemap ladder --json`."""

    process: Literal["ladder"]
    parameters: dict[str, Any]
    sets: dict[str, list[str]]
    bricks: dict[str, Any] | None
    outside_in: Literal["population", "area_m2"]
    summary: dict[str, Any]
    forces: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    areas: dict[str, list[dict[str, Any]]]


class Drawn(BaseModel):
    """A GeoJSON feature, longitude first (RFC 7946)."""

    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: dict[str, Any]


class AlignmentMap(BaseModel):
    """GeoJSON features."""

    type: Literal["FeatureCollection"]
    features: list[Drawn]


class PlanningUnit(BaseModel):
    """An area that can be merged, as it is."""

    code: str
    name: str
    population: Number
    households: Number
    incidents: Number = Field(description="Null where they were not counted.")
    area_km2: Number
    force: str | None
    county: str | None
    districts: list[str]
    neighbours: list[str]
    best_match: str | None
    best_match_name: str | None
    class_: str = Field(alias="class")
    misfit: Number
    uncovered: Number


class Named(BaseModel):
    """A code and its name."""

    code: str
    name: str


class PlanningTarget(Named):
    """An area that units should fit."""

    population: Number


class PlanningDocument(BaseModel):
    """What mergers are planned with."""

    units_set: str
    targets_set: str
    population_vintage: str | None
    units: list[PlanningUnit]
    targets: list[PlanningTarget]
    districts: list[Named]
    forces: list[Named]
    islands: list[str]
    summary: dict[str, Number]
    thresholds: dict[str, Any]
    uncertainty: dict[str, Any]
    notes: list[str]
    limits: Bounds


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    units: str = Field(description="A set whose areas can be merged.", examples=["csp-2024"])
    targets: str = Field(description="The set that they should fit.", examples=["bcu-2024"])


class ScenarioRequest(_Request):
    """A scenario: docs/json/mergers.md has its fields and options."""

    scenario: dict[str, Any] = Field(default_factory=dict, description="`merge`, `split`, `move`; nothing: as it is.")
    options: dict[str, Any] = Field(default_factory=dict)


class SearchRequest(_Request):
    """A search: docs/json/mergers.md has its options."""

    options: dict[str, Any] = Field(default_factory=dict)


class ScoreDocument(BaseModel):
    """The document of `crimemap mergers score --json`."""

    scenario: dict[str, Any]
    units: str
    targets: str
    summary: list[dict[str, Any]]
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    changed: list[str]
    people_moved: float
    law: list[dict[str, Any]]
    rules: dict[str, str]
    spread: list[dict[str, Any]]
    spread_limits: dict[str, Any]
    savings: dict[str, Any] | None
    thresholds: dict[str, Any]
    uncertainty: dict[str, Any]
    moved_bricks: list[dict[str, Any]]
    moved_bricks_left_out: int


class SearchStatus(BaseModel):
    """How far a search is."""

    id: str
    status: Literal["running", "done", "cancelled", "failed"]
    progress: float = Field(ge=0, le=1)
    says: str = Field(description="What is being done, what was found, or why it failed.")
    result: dict[str, Any] | None = Field(
        default=None, description="When done: the document of `crimemap mergers search --json`."
    )
