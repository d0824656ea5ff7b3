"""Which boundary sets of a release are compared with one another, and what is counted in their areas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import geopandas as gpd
import pandas as pd

from crimemap.language import Sentence, marked
from crimemap.products.inputs import ReleaseInputs

__all__ = ["ALIGNED_TYPES", "AlignedSet", "OpenCounts", "aligned_sets", "open_counts", "set_of_type"]

#: From below to above.
ALIGNED_TYPES: Final = ("lad", "csp", "county", "ctyua", "bcu", "pfa")
_YEAR: Final = 12
#: Share of the year's months that must be left when those that a force lacks are taken away, for the force to be counted.
_ENOUGH: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignedSet:
    """
    A boundary set to compare, of the areas that the release publishes.

    Attributes
    ----------
    set_id
        Such as csp-2017; the type alone where forces have sets of their own, of several vintages.
    sources
        The boundary sets that it is made of.
    frame
        Indexed by area code (with the force before it where two forces use the same): `area_name`, `force` (slug), `area_id`
        (row of the release's areas) and `geometry`, EPSG:27700.
    """

    set_id: str
    area_type: str
    sources: tuple[str, ...]
    frame: gpd.GeoDataFrame

    @property
    def names(self) -> "pd.Series[str]":
        """Give each area's name."""
        return pd.Series(self.frame["area_name"])

    def areas_of(self, place_areas: pd.DataFrame, places: "pd.Index[int]") -> "pd.Series[str]":
        """
        Give the area of each place that lies in one; of areas that overlap, the first.

        Parameters
        ----------
        place_areas
            place_id, area_id: one row for each area that a place lies in.
        places
            The places asked for.
        """
        codes = pd.Series(self.frame.index.to_numpy(), index=self.frame["area_id"].to_numpy())
        own = place_areas[place_areas["area_id"].isin(codes.index) & place_areas["place_id"].isin(places)]
        own = own.drop_duplicates("place_id")
        return pd.Series(codes.loc[own["area_id"]].to_numpy(), index=own["place_id"].to_numpy(), dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenCounts:
    """
    Open incidents of those of the last twelve months that every force counted has.

    Attributes
    ----------
    months
        The months, the same for every area.
    by_place
        Incidents by `place_id`.
    forces
        Slugs of the forces that are counted.
    left_out
        Slug of each force that is not counted, and why.
    """

    months: tuple[str, ...]
    by_place: "pd.Series[int]"
    forces: frozenset[str]
    left_out: Mapping[str, Sentence]

    def to_json(self) -> dict[str, Any]:
        """Give what a document says of them, in the language that is spoken."""
        return {
            "months": list(self.months),
            "forces": sorted(self.forces),
            "left_out": [{"force": force, "why": str(why)} for force, why in sorted(self.left_out.items())],
        }


def aligned_sets(inputs: ReleaseInputs) -> list[AlignedSet]:
    """Give the sets to compare: of each type the national one, or else those that are forces' own, taken as one."""
    found = (set_of_type(inputs, kind) for kind in ALIGNED_TYPES)
    return [one for one in found if one is not None]


def set_of_type(inputs: ReleaseInputs, kind: str) -> AlignedSet | None:
    """Give the set of a type, as `aligned_sets` does; None where the release has no area of it."""
    frame = inputs.areas[inputs.areas["area_type"] == kind]
    vintages = sorted(
        one["vintage"] for one in inputs.boundary_sets if one.get("force") is None and one["area_type"] == kind
    )
    if vintages:
        frame = frame[frame["vintage"] == vintages[-1]]
    if frame.empty:
        return None
    one = frame["vintage"].unique()
    own = sorted(
        {f"{kind}-{v}" + ("" if vintages else f"-{f}") for v, f in zip(frame["vintage"], frame["force"], strict=True)}
    )
    codes = frame["area_code"].astype(str)
    double = codes.duplicated(keep=False)
    kept = frame[["area_name", "force", "geometry"]].assign(area_id=frame.index)
    kept.index = pd.Index(codes.where(~double, frame["force"] + ":" + codes), name="area_code", dtype=object)
    kept = kept[~kept.index.duplicated()].sort_index()
    set_id = f"{kind}-{one[0]}" if len(one) == 1 else kind
    return AlignedSet(set_id=set_id, area_type=kind, sources=tuple(own), frame=kept)


def open_counts(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs) -> OpenCounts:
    """
    Count the rows that the release shows by place, over the same months for every force that is counted.

    A force with confidential records (whose small counts are withheld) is not counted, nor one that lacks many months: a sum
    of what is shown of it would read as its total. A month that one of the others lacks is counted for none, so that areas
    can be compared.

    Parameters
    ----------
    db
        The release's database in the making, with the table `published`.
    """
    year = inputs.months[-_YEAR:]
    rows = inputs.coverage[(inputs.coverage["table_name"] == "incidents") & inputs.coverage["month"].isin(year)]
    rows = rows[rows["status"] == "loaded"]
    left_out: dict[str, Sentence] = {}
    have = {}
    for force in sorted(str(one["id"]) for one in inputs.forces):
        own = rows[rows["force"] == force]
        if (own["kind"] != "open").any():
            left_out[force] = Sentence(marked("confidential records, of which small counts are withheld"))
        else:
            have[force] = set(own["month"])
    months = set(year)
    for force in sorted(have, key=lambda one: (-len(have[one]), one)):
        if len(months & have[force]) >= _ENOUGH * len(year):
            months &= have[force]
        else:
            left_out[force] = Sentence(
                marked("no data for {n} of the last {total} months"),
                {"n": str(len(year) - len(have.pop(force))), "total": str(len(year))},
            )
    chosen = sorted(months) if have else []
    found = db.execute(
        """SELECT place_id, count(*) AS n FROM published
           WHERE place_id IS NOT NULL AND list_contains($forces, force::VARCHAR) AND list_contains($months, month::VARCHAR)
           GROUP BY place_id ORDER BY place_id""",
        {"forces": sorted(have), "months": chosen},
    ).df()
    by_place = pd.Series(found["n"].to_numpy(), index=pd.Index(found["place_id"].astype("int64")))
    return OpenCounts(months=tuple(chosen), by_place=by_place, forces=frozenset(have), left_out=left_out)
