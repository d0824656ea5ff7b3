"""The alignment of boundary sets in a release: compared, drawn, told and stored."""

import gzip
import json
from collections.abc import Callable
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd

from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.scenario import Scenario
from crimemap.alignment.mergers.scored import score
from crimemap.products.alignment_bricks import write_bricks
from crimemap.products.alignment_map import described, drawn_pieces, simplified, tolerance_for
from crimemap.products.alignment_overlaps import Aligned, align
from crimemap.products.alignment_planning import PLANNED_TYPES, plannings, write_planning
from crimemap.products.alignment_sets import AlignedSet, aligned_sets, open_counts
from crimemap.products.alignment_words import aligned_words, planning_words
from crimemap.products.database import degrees
from crimemap.products.geojson import feature_collection, shape_texts
from crimemap.products.inputs import ReleaseInputs
from crimemap.records import plain

__all__ = ["compare_sets", "packed", "write_alignment"]

_LEVEL: Final = 6


def compare_sets(
    db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, *, progress: Callable[[str], None] = lambda _: None
) -> Aligned | None:
    """
    Compare the boundary sets of a release with one another; None where there are not two.

    Parameters
    ----------
    db
        The release's database in the making, with the table `published`.
    """
    sets = aligned_sets(inputs)
    if len(sets) < 2:  # noqa: PLR2004 - two can be compared
        return None
    progress("comparing boundary sets")
    return align(sets, inputs.bricks, open_counts(db, inputs), inputs.place_areas, progress=progress)


def write_alignment(
    db: duckdb.DuckDBPyConnection,
    inputs: ReleaseInputs,
    aligned: Aligned,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Fill the tables of the alignment."""
    progress("drawing the fit of boundary sets")
    bounds = np.array([one.frame.total_bounds for one in aligned.sets])
    tolerance = tolerance_for(np.concatenate([bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)]))
    drawn = {one.set_id: simplified(_shapes(one), tolerance) for one in aligned.sets}
    _insert(db, "alignment_sets", [(one.set_id, _set_map(one, drawn[one.set_id], aligned)) for one in aligned.sets])
    rows = []
    for (source, target), pair in aligned.pairs.items():
        pieces = drawn_pieces(
            pair.found,
            pair.source.frame,
            pair.target.frame,
            source_drawn=drawn[source],
            target_drawn=drawn[target],
        )
        texts = shape_texts(degrees(pieces.geometry.to_numpy()))
        rows.append(
            (source, target, packed(pair.document), _gzip(feature_collection(texts, described(pieces, pair.document))))
        )
    _insert(db, "alignment_pairs", rows)
    planned: list[dict[str, str]] = []
    words = list(aligned_words(aligned))
    progress("preparing what merger planners work on")
    for planning in plannings(aligned, inputs.places, inputs.place_areas):
        write_planning(db, planning, told=packed(_planning_told(planning)))
        words += planning_words(planning)
        planned.append({"units": planning.unit_set, "targets": planning.target_set})
    if planned and aligned.bricks is not None:
        write_bricks(db, aligned.bricks)
    told = [("overview", packed(_overview(aligned, inputs, planned)))]
    if aligned.ladder_document is not None:
        told.append(("ladder", packed(aligned.ladder_document)))
    _insert(db, "alignment", told)
    _insert(db, "alignment_words", words)


def packed(document: Any) -> bytes:
    """Write a document as it is stored: JSON, compressed the same way every time."""
    return _gzip(json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _gzip(text: str) -> bytes:
    return gzip.compress(text.encode(), _LEVEL, mtime=0)


def _shapes(one: AlignedSet) -> Any:
    return np.asarray(one.frame.geometry.array, dtype=object)


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608 - names of ours


def _set_map(one: AlignedSet, drawn: Any, aligned: Aligned) -> bytes:
    """Draw the areas of a set with the people who live there, as the comparison counted them."""
    found = next(pair.found.sources for (source, _), pair in aligned.pairs.items() if source == one.set_id)
    people = found["population"] if "population" in found.columns else pd.Series(np.nan, index=found.index)
    rows = [
        {"code": str(code), "name": str(name), "force": force, "population": plain(people[code])}
        for code, name, force in zip(one.frame.index, one.frame["area_name"], one.frame["force"], strict=True)
    ]
    return _gzip(feature_collection(shape_texts(degrees(drawn)), rows))


def _overview(aligned: Aligned, inputs: ReleaseInputs, planned: list[dict[str, str]]) -> dict[str, Any]:
    said = {(one["area_type"], one["vintage"]): one for one in inputs.boundary_sets}
    sets = []
    for one in aligned.sets:
        own = [about for (kind, _), about in said.items() if kind == one.area_type]
        sets.append(
            {
                "set_id": one.set_id,
                "area_type": one.area_type,
                "sources": list(one.sources),
                "areas": len(one.frame),
                "attribution": sorted({str(about["attribution"]) for about in own if about.get("attribution")}),
                "can_be_merged": one.area_type in PLANNED_TYPES and bool(planned),
            }
        )
    pairs = []
    for (source, target), pair in aligned.pairs.items():
        measures = pair.document["measures"]
        pairs.append(
            {
                "source": source,
                "target": target,
                "classes": pair.document["classes"]["sources"],
                "measures": {
                    weight: {name: values[name] for name in ("homogeneity", "completeness", "v_measure", "nesting")}
                    for weight, values in measures.items()
                },
                "slivers": pair.document["slivers"]["pieces"],
            }
        )
    return {
        "sets": sets,
        "pairs": pairs,
        "ladder": aligned.ladder_document is not None,
        "planning": planned,
        "bricks": None if aligned.bricks is None else aligned.bricks.to_json(),
        "incidents": aligned.counts.to_json(),
        "missing": list(aligned.missing),
    }


def _planning_told(planning: Planning) -> dict[str, Any]:
    """Describe units with their neighbours and fit as they are, and the areas that they should fit."""
    near: dict[str, list[str]] = {str(code): [] for code in planning.units.index}
    for unit, neighbour in zip(planning.contiguity.edges["unit"], planning.contiguity.edges["neighbour"], strict=True):
        near[unit].append(neighbour)
        near[neighbour].append(unit)
    told = score(planning, Scenario()).to_json()
    rows = {row["code"]: row for row in told["before"]}
    fields = (
        "name", "population", "households", "incidents", "area_km2", "best_match", "best_match_name", "class", "misfit",
        "uncovered",
    )  # fmt: skip
    units = []
    for code, unit in planning.units.iterrows():
        row = rows[str(code)]
        units.append(
            {"code": str(code)}
            | {name: row[name] for name in fields}
            | {
                "force": plain(unit["force"]),
                "county": plain(unit["county"]),
                "districts": list(unit["districts"]),
                "neighbours": sorted(near[str(code)]),
            }
        )
    held = {unit["force"] for unit in units}
    return {
        "units_set": planning.unit_set,
        "targets_set": planning.target_set,
        "population_vintage": planning.population_vintage,
        "units": units,
        "targets": [
            {"code": str(code), "name": str(one["name"]), "population": plain(one["population"])}
            for code, one in planning.targets.iterrows()
        ],
        "districts": []
        if planning.districts is None
        else [{"code": str(code), "name": str(one["name"])} for code, one in planning.districts.iterrows()],
        "forces": [{"code": code, "name": name} for code, name in planning.forces.items() if code in held],
        "islands": planning.contiguity.islands,
        "summary": {row["measure"]: row["before"] for row in told["summary"]},
        "thresholds": told["thresholds"],
        "uncertainty": told["uncertainty"],
        "notes": told["notes"],
    }
