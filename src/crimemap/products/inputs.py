"""What a release is made from: tables that the composition root has read and disclosure has already been applied to."""

from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from crimemap.disclosure.policy import Policy
from crimemap.errors import ParameterError
from crimemap.periods import month_after, months_between
from crimemap.products.base_map import BaseMap
from crimemap.products.page_languages import checked_languages

__all__ = ["FORCE", "MEMBERSHIP_TYPES", "Bricks", "Postcodes", "ReleaseInputs", "ReleaseOptions"]

#: The area type under which a force's own counts are kept: everything that it recorded, with and without a location.
FORCE = "force"

#: Types of areas that a postcode lies in, smallest first: a postcode leads to the page of the smallest.
MEMBERSHIP_TYPES = ("neighbourhood", "lad", "csp", "ctyua", "bcu", "county", "pfa")

_RESOLUTIONS = range(7, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOptions:
    """
    What a user may choose.

    Parameters
    ----------
    months
        How many of the latest months to publish.
    h3_resolution
        Size of the hotspot hexagons, 7 (about 5 km²) to 10 (about 0.015 km²).
    policy
        Disclosure rules.
    languages
        Of the pages of every force; None for English, and Welsh too where a force is one of Wales.
    site_address
        Of the site's first page, as `addresses.checked_site_address` gives it; '' where it is not known.
    base_map
        The background of maps; None for none.
    reports
        Whether neighbourhoods and partnerships have a report to the community: `none`, `on-demand` (printed by the server
        when asked for), or `pdf` (printed into the release).
    """

    months: int = 36
    h3_resolution: int = 9
    policy: Policy = field(default_factory=Policy)
    languages: tuple[str, ...] | None = None
    site_address: str = ""
    base_map: BaseMap | None = None
    reports: Literal["none", "on-demand", "pdf"] = "none"

    def __post_init__(self) -> None:
        """Refuse options out of their range."""
        if self.months < 1:
            raise ParameterError(f"{self.months} months is no period", where="months", fix="Give 1 or more; 36 is usual.")
        if self.h3_resolution not in _RESOLUTIONS:
            raise ParameterError(
                f"no hexagons of resolution {self.h3_resolution}", where="h3-resolution", fix="Give 7, 8, 9 or 10."
            )
        if self.languages is not None and checked_languages(self.languages) != self.languages:
            raise ParameterError(
                "languages are not in their order", where="languages", fix="Give what checked_languages gives."
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bricks:
    """
    Small areas with people, by which boundary sets are compared.

    Parameters
    ----------
    frame
        Index: area code; `population` and `households` as far as `vintages` has them (a missing number is nobody), geometry
        (EPSG:27700).
    set_id
        Such as lsoa-2011.
    vintages
        Of each measure, when it is of.
    without_number
        How many of them no number is known for.
    """

    frame: gpd.GeoDataFrame
    set_id: str
    vintages: dict[str, str]
    without_number: int

    def to_json(self) -> dict[str, Any]:
        """Give what a document says of them."""
        return {
            "set_id": self.set_id,
            "vintages": self.vintages,
            "bricks": len(self.frame),
            "without_number": self.without_number,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Postcodes:
    """
    The postcodes in a release's areas.

    Parameters
    ----------
    frame
        `postcode` (as the Post Office writes it, unique), `area_id` (the smallest published area that it lies in),
        `quality` (10 best to 60), `easting` and `northing` (EPSG:27700 metres) and `membership` (a row of `memberships`).
    memberships
        What postcodes lie in, each combination once: `membership`; `country_code`, `county_code`, `district_code` and
        `ward_code` as published with the postcodes, `lsoa_code`; and for each of `MEMBERSHIP_TYPES` the `area_id` of the
        published area. Null where there is none.
    names
        Of the codes, as far as they are known.
    attribution
        What must be said beside them.
    version, sha256
        Of the file that they come from; '' where unknown.
    """

    frame: pd.DataFrame
    memberships: pd.DataFrame
    names: dict[str, str]
    attribution: str
    version: str
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Give what a manifest says of them."""
        return {"rows": len(self.frame), "version": self.version, "sha256": self.sha256, "attribution": self.attribution}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseInputs:
    """
    The tables of one release. Positions of confidential incidents are map points here already.

    Parameters
    ----------
    first_month, latest_month
        The months published, both included.
    incidents
        Anything that DuckDB can register (Arrow, pandas): id, persistent_id ('' where there is none), month, force,
        offence_type, place_id (null where there is no location), location, reported_by, context, last_outcome,
        outcome_month, kind ('open' | 'confidential').
    places
        place_id, longitude, latitude (EPSG:4326), easting, northing (EPSG:27700 metres), cell (H3 index at the resolution of
        the release). Every map point that may be published.
    place_areas
        place_id, area_id: one row for each area that a place lies in.
    areas
        Index `area_id` 0..n-1; area_type, vintage, area_code, area_name, force, area_m2, population, households (nullable),
        population_vintage (of when the population is, '' where unknown), geometry (EPSG:27700).
    area_parents
        child_type, child_code, parent_type, parent_code, vintage (of the parent), force (of the child).
    boundary_sets
        area_type, vintage, force, n_areas, source_file, sha256, publisher, licence, attribution.
    coverage
        force, month, table_name ('incidents' | 'outcomes' | 'stops'), source, kind, row_count, status ('loaded' |
        'no_data').
    forces
        data.police.uk's force objects, with `people`.
    neighbourhoods
        data.police.uk's neighbourhood objects, each with `force`.
    sources
        Archives: name, sha256, kind, months, rows.
    bricks
        Small areas with people near the areas published; None where no numbers are known for any.
    earlier
        Areas as they were before the newest sets, for look-ups: area_type, vintage, area_code, area_name, force, area_m2,
        geometry (EPSG:27700); the index goes on where that of `areas` ends. None where there are none.
    postcodes
        Which area each postcode leads to; None where none are known.
    outcomes
        Anything that DuckDB can register: incident_id, month (of the outcome), outcome. Of open incidents only.
    stops
        The same: open stops and searches in the columns of the release's table, to the hour. Of a force that is
        here and not in `forces`, only stops are known.
    """

    first_month: str
    latest_month: str
    incidents: Any
    places: pd.DataFrame
    place_areas: pd.DataFrame
    areas: gpd.GeoDataFrame
    area_parents: pd.DataFrame
    boundary_sets: list[dict[str, Any]]
    coverage: pd.DataFrame
    forces: list[dict[str, Any]]
    neighbourhoods: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    bricks: Bricks | None = None
    earlier: gpd.GeoDataFrame | None = None
    postcodes: Postcodes | None = None
    outcomes: Any = None
    stops: Any = None

    @property
    def months(self) -> list[str]:
        """List the months of the release."""
        return months_between(self.first_month, month_after(self.latest_month))

    def latest_by_force(self) -> dict[str, str]:
        """Give each force's latest month with data."""
        loaded = self.coverage[(self.coverage["table_name"] == "incidents") & (self.coverage["status"] == "loaded")]
        return {str(force): str(month) for force, month in loaded.groupby("force")["month"].max().items()}
