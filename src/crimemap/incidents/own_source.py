"""
What a force says about its own records: a TOML file that names the columns, the coordinate system, the words for offences.

::

    name = "west-demoshire-records"     # how the source is called from now on
    kind = "confidential"               # or "open": may it be shown as it is?
    force = "west-demoshire"
    crs = "EPSG:27700"

    [columns]
    id = "record_no"
    offence_type = "offence"
    occurred_from = "from"
    occurred_to = "to"
    easting = "easting"
    northing = "northing"

    [offence_types]
    "THEFT OF MOTOR VEHICLE" = "Vehicle crime"
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from crimemap.crs import NATIONAL_GRID, WGS84
from crimemap.errors import NotFoundError, ParameterError
from crimemap.incidents.schema import POLICE_UK

__all__ = ["Columns", "OwnSource", "read_source"]

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z", re.ASCII)
_POSITIONS = (("x", "y"), ("easting", "northing"), ("longitude", "latitude"))


def _slug(text: str) -> str:
    if not _SLUG.match(text):
        raise ValueError("use small letters, digits and hyphens, for example 'south-wales'")
    return text


def _source_name(text: str) -> str:
    if text == POLICE_UK:
        raise ValueError(f"{POLICE_UK} is the name of what data.police.uk publishes")
    return _slug(text)


def _known_timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("this is not the name of a time zone, for example 'Europe/London'")
    return text


def _bytewise(text: str) -> str:
    try:
        if "\n\r,".encode(text) == b"\n\r,":
            return text
    except LookupError as error:
        raise ValueError("this is not the name of an encoding, for example 'cp1252'") from error
    raise ValueError("files in this encoding cannot be read in pieces: save the file as UTF-8")


def _divides(text: str) -> str:
    if text in '"\r\n\0' or not text.isascii():
        raise ValueError("use a comma, a semicolon, a tab or another sign that no field holds")
    return text


class Columns(BaseModel):
    """The name that each of our columns has in the file. Positions are one pair of the three."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = None
    offence_type: str
    month: str | None = None
    occurred_at: str | None = None
    occurred_from: str | None = None
    occurred_to: str | None = None
    x: str | None = None
    y: str | None = None
    easting: str | None = None
    northing: str | None = None
    longitude: str | None = None
    latitude: str | None = None
    location: str | None = None
    lsoa_code: str | None = None
    lsoa_name: str | None = None
    outcome: str | None = None
    context: str | None = None

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if self.occurred_at and (self.occurred_from or self.occurred_to):
            raise ValueError("give occurred_at, or occurred_from and occurred_to, not both")
        if not (self.month or self.occurred_at or self.occurred_from):
            raise ValueError("one of month, occurred_at and occurred_from is needed: it says in which month an incident was")
        return self

    @model_validator(mode="after")
    def _positions_fit(self) -> Self:
        given = [pair for pair in _POSITIONS if any(getattr(self, name) for name in pair)]
        if len(given) > 1:
            raise ValueError("give one pair of position columns: x and y, easting and northing, or longitude and latitude")
        if given and not all(getattr(self, name) for name in given[0]):
            raise ValueError(f"{given[0][0]} and {given[0][1]} are needed together")
        return self

    @property
    def position(self) -> tuple[str, str] | None:
        """The two columns of the position, east first; None where it is a geometry or there is none."""
        for first, second in _POSITIONS:
            x, y = getattr(self, first), getattr(self, second)
            if x and y:
                return x, y
        return None

    def wanted(self) -> dict[str, str]:
        """Give the name in the file of each of our columns that is not a position."""
        positions = {name for pair in _POSITIONS for name in pair}
        return {ours: theirs for ours, theirs in self.model_dump(exclude_none=True).items() if ours not in positions}


class OwnSource(BaseModel):
    """A force's own records: what they are and how to read them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_source_name)]
    kind: Literal["open", "confidential"]
    force: Annotated[str, AfterValidator(_slug)]
    format: Literal["csv", "parquet", "gpkg"] | None = None
    encoding: Annotated[str, AfterValidator(_bytewise)] = "utf-8"
    delimiter: Annotated[str, AfterValidator(_divides)] = Field(default=",", min_length=1, max_length=1)
    layer: str | None = None
    crs: str | None = None
    timezone: Annotated[str, AfterValidator(_known_timezone)] = "Europe/London"
    time_format: str | None = None
    columns: Columns
    offence_types: dict[str, str] = Field(default_factory=dict)
    other_offence_type: str | None = None

    @model_validator(mode="after")
    def _crs_fits(self) -> Self:
        system = self._system()
        if self.columns.easting and system not in {None, NATIONAL_GRID}:
            raise ValueError("easting and northing are National Grid metres: leave crs out, or call the columns x and y")
        if self.columns.longitude and system not in {None, WGS84}:
            raise ValueError("longitude and latitude are EPSG:4326: leave crs out, or call the columns x and y")
        if self.columns.x and system is None:
            raise ValueError("x and y need a crs, for example crs = 'EPSG:27700'")
        return self

    def _system(self) -> CRS | None:
        if self.crs is None:
            return None
        try:
            return CRS.from_user_input(self.crs)
        except CRSError as error:
            raise ValueError("crs is not a coordinate reference system, for example 'EPSG:27700'") from error

    @property
    def position_crs(self) -> CRS | None:
        """The coordinate system of the position columns; None where only the file itself can say."""
        if self.columns.easting:
            return NATIONAL_GRID
        return WGS84 if self.columns.longitude else self._system()


def read_source(path: Path) -> OwnSource:
    """
    Read the description of a force's own records.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ParameterError
        If it is not TOML, lacks a key, or a key is wrong; the message names the key.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", where=str(path), fix="Check the path after --source.")
    try:
        return OwnSource.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"this is not TOML: {error}", where=str(path), fix="See docs/ingest.md for an example."
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        said = first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{key}: {said}", where=str(path), fix="See docs/ingest.md for an example.") from error
