"""What every page of a release shares, in whatever language it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from crimemap.language import ENGLISH, gettext, language
from crimemap.products.alignment_overlaps import Aligned
from crimemap.products.comparison import Comparisons, compare_areas
from crimemap.products.facts import SiteFacts
from crimemap.products.frames import records
from crimemap.products.hotspots import ForceHotspots
from crimemap.products.inputs import FORCE, ReleaseInputs, ReleaseOptions
from crimemap.products.listed import joined_names
from crimemap.products.month_changes import MonthChanges, find_month_changes
from crimemap.products.names import area_folder, area_type_name, street_name
from crimemap.products.page_languages import forces_of_languages
from crimemap.products.priorities import PriorityTrends, priority_trends
from crimemap.products.verdict_record import VerdictRecord, record_verdicts

__all__ = ["SiteContext", "site_name"]

_SOURCE_NAMES: Final = {"police.uk": "data.police.uk"}


def site_name() -> str:
    """Give the site's name."""
    return gettext("Crime in your area")


@dataclass(frozen=True)
class SiteContext:
    """
    Facts, hotspots and the words that every page carries.

    `aligned` are the boundary sets compared with one another, None where there are not two.
    """

    inputs: ReleaseInputs
    options: ReleaseOptions
    facts: SiteFacts
    hotspots: Mapping[str, ForceHotspots]
    release_id: str
    created: str
    attribution: list[str]
    hashes: Mapping[str, str]
    aligned: Aligned | None = None
    _priorities_in: dict[str, dict[str, PriorityTrends]] = field(default_factory=dict)

    @property
    def site(self) -> dict[str, Any]:
        """Give what the templates know as `site`."""
        return {
            "name": site_name(),
            "release_id": self.release_id,
            "created": self.created,
            "attribution": self.attribution,
            "map_attribution": gettext("Contains OS data © Crown copyright")
            if any("OS data" in line for line in self.attribution)
            else gettext("Sources: see About the data"),
            "hashes": self.hashes,
        }

    @cached_property
    def languages(self) -> dict[str, frozenset[str]]:
        """Give each language of the release the forces whose pages are written in it; English comes first."""
        return forces_of_languages(self.facts.periods, self.options.languages)

    def languages_of(self, force: str) -> list[str]:
        """Give the languages of a force's pages."""
        return [code for code, forces in self.languages.items() if force in forces]

    @property
    def force_names(self) -> dict[str, str]:
        """Give each force's name; forces of Wales have one in Welsh."""
        return {force["id"]: gettext(name) for force in self.inputs.forces for name in [force["name"]]}

    @cached_property
    def confidential(self) -> bool:
        """Say whether confidential records are in the release."""
        return bool((self.inputs.coverage["kind"] == "confidential").any())

    @cached_property
    def parents(self) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
        """Give (force, type, code) of each area the types and codes of those around it."""
        found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for row in self.inputs.area_parents.itertuples(index=False):
            key = (str(row.force), str(row.child_type), str(row.child_code))
            found.setdefault(key, []).append((str(row.parent_type), str(row.parent_code)))
        return found

    @cached_property
    def rows(self) -> dict[tuple[str, str, str], int]:
        """Give each area's row in the cube, by force, type and code."""
        areas = self.facts.cube.areas
        keys = zip(areas["force"], areas["area_type"], areas["area_code"], strict=True)
        return {(str(force), str(kind), str(code)): index for index, (force, kind, code) in enumerate(keys)}

    @cached_property
    def areas(self) -> list[dict[str, Any]]:
        """Give the rows of the cube as dictionaries: pages look them up one by one, for which a frame is slow."""
        return records(self.facts.cube.areas)

    @cached_property
    def kinds(self) -> dict[str, frozenset[str]]:
        """Give each force the types of its areas; a force without areas is not in it."""
        areas = self.inputs.areas
        return {str(force): frozenset(map(str, kinds)) for force, kinds in areas.groupby("force")["area_type"]}

    def kinds_of(self, force: str) -> frozenset[str]:
        """Give the types of a force's areas."""
        return self.kinds.get(force, frozenset())

    def folder(self, index: int) -> str:
        """Give the folder of an area's page."""
        row = self.areas[index]
        return area_folder(row["area_type"], row["area_code"], row["force"])

    def address(self, index: int) -> str:
        """Give the address of an area's page from where the spoken language's pages begin: English if that has no such."""
        force = str(self.areas[index]["force"])
        return f"{self._way_to_pages(force)}{self.folder(index)}/index.html"

    def force_address(self, force: str) -> str:
        """Give the address of a force's page in the same way."""
        return f"{self._way_to_pages(force)}{area_folder(FORCE, force, force)}/index.html"

    def _way_to_pages(self, force: str) -> str:
        spoken = language()
        return "" if spoken == ENGLISH or force in self.languages[spoken] else "../"

    def name(self, index: int) -> str:
        """Give an area's name; a force's is not its slug."""
        row = self.areas[index]
        return (
            self.force_names.get(row["area_code"], row["area_name"]) if row["area_type"] == FORCE else str(row["area_name"])
        )

    @cached_property
    def comparisons(self) -> Comparisons:
        """Give the rates of every area, and how areas compare with those like them."""
        return compare_areas(self.facts, self.inputs)

    @cached_property
    def month_changes(self) -> dict[str, MonthChanges]:
        """Give what is unusual in each force's latest month."""
        return find_month_changes(self.facts)

    @cached_property
    def verdict_record(self) -> VerdictRecord:
        """Give how the wording of pages fared on the release's own past."""
        return record_verdicts(self.facts)

    @property
    def priorities(self) -> dict[str, PriorityTrends]:
        """Give what is said of the priorities of each force's teams, in the language that is spoken."""
        spoken = language()
        if spoken not in self._priorities_in:
            self._priorities_in[spoken] = {force: self._priorities(force) for force in self.languages[spoken]}
        return self._priorities_in[spoken]

    def _priorities(self, force: str) -> PriorityTrends:
        teams = [
            (str(one["id"]), self.rows.get((force, "neighbourhood", str(one["id"]))), one.get("priorities") or [])
            for one in self.inputs.neighbourhoods
            if one["force"] == force
        ]
        return priority_trends(self.facts, force, teams)

    @cached_property
    def hotspot_tables(self) -> dict[str, pd.DataFrame]:
        """Give each force's significant hexagons, most incidents first, with the street and the local area at each."""
        return {force: self._described(force, one) for force, one in self.hotspots.items()}

    def _local_type(self, force: str) -> str | None:
        """Give the area type by which a force's places are told apart: the smallest that it has."""
        kinds = self.kinds_of(force)
        return next((kind for kind in ("neighbourhood", "lad", "csp") if kind in kinds), None)

    def hotspot_area_type(self, force: str) -> str:
        """Give the heading of the column that says in which area a hotspot is; empty if there are no areas."""
        kind = self._local_type(force)
        return area_type_name(kind) if kind else ""

    def source_words(self, force: str) -> str:
        """Say where a force's incidents come from."""
        coverage = self.inputs.coverage
        rows = coverage[(coverage["force"] == force) & (coverage["table_name"] == "incidents")]
        names = sorted({_SOURCE_NAMES.get(one, one) for one in rows["source"].dropna()})
        return joined_names(names) or gettext("none")

    def busiest(self, force: str, n: int) -> list[dict[str, Any]]:
        """Give a force's hotspots with most incidents: street, area (its name), incidents."""
        return [
            {
                "street": street_name(row["street"]),
                "area": self.name(row["area"]) if row["area"] >= 0 else "",
                "incidents": row["incidents"],
            }
            for row in records(self.hotspot_tables[force].head(n))
        ]

    def _described(self, force: str, one: ForceHotspots) -> pd.DataFrame:
        hot = np.flatnonzero(one.table["hotspot"].to_numpy())
        table = one.table.iloc[hot][["cell", "incidents", "longitude", "latitude"]].reset_index(drop=True)
        cells = set(table["cell"])
        places = self.inputs.places[["place_id", "cell"]].copy()
        places["hexagon"] = [f"{int(value):x}" for value in places["cell"]]
        streets = self.facts.streets[self.rows[force, FORCE, force]][["place_id", "street", "incidents"]]
        named = places[places["hexagon"].isin(cells)].merge(streets, on="place_id")
        best = named.sort_values(["incidents", "street"], ascending=[False, True]).drop_duplicates("hexagon")
        table["street"] = table["cell"].map(dict(zip(best["hexagon"], best["street"], strict=True))).fillna("")
        around = self._areas_of(force, named)
        local = self.inputs.areas.index[self.inputs.areas["area_type"] == self._local_type(force)]
        table["areas"] = pd.Series([around.get(cell, frozenset()) for cell in table["cell"]], dtype=object)
        table["area"] = [max(areas.intersection(local), default=-1) for areas in table["areas"]]
        return table.sort_values(["incidents", "cell"], ascending=[False, True], ignore_index=True)

    def _areas_of(self, force: str, named: pd.DataFrame) -> dict[str, frozenset[int]]:
        """
        Give the rows of the areas that each hexagon belongs to: of each type, the one in which most of its incidents are.

        Its centre would not do: it may be in a river or the sea, where boundaries have holes.
        """
        areas = self.inputs.areas
        own = pd.DataFrame(areas.loc[areas["force"] == force, ["area_type"]]).rename_axis("area_id").reset_index()
        joined = named.merge(self.inputs.place_areas, on="place_id").merge(own, on="area_id")
        summed = joined.groupby(["hexagon", "area_type", "area_id"])["incidents"].sum().reset_index()
        most = summed.sort_values(["incidents", "area_id"], ascending=[False, True])
        most = most.drop_duplicates(["hexagon", "area_type"])
        found: dict[str, set[int]] = {}
        for hexagon, area in zip(most["hexagon"], most["area_id"], strict=True):
            found.setdefault(str(hexagon), set()).add(int(area))
        return {hexagon: frozenset(some) for hexagon, some in found.items()}
