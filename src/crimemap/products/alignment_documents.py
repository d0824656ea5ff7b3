"""The JSON documents of an overlap and of a ladder: one wording for the commands and for a release."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from crimemap.alignment.boundary import BoundaryFit
from crimemap.alignment.cautions import cautions as cautions_of
from crimemap.alignment.classes import CLASSES
from crimemap.alignment.ladder import Ladder
from crimemap.alignment.overlap import Overlap
from crimemap.records import records

__all__ = ["ladder_document", "named_rows", "named_units", "overlap_document"]


def named_units(units: pd.DataFrame, own: "pd.Series[str]", other: "pd.Series[str]") -> pd.DataFrame:
    """
    Give the units of one side of an overlap with their names and those of their best matches.

    Parameters
    ----------
    units
        `Overlap.sources` or `Overlap.targets`.
    own, other
        Names by area code, of this side and of the other.
    """
    named = units.rename_axis("area_code").reset_index()
    named.insert(1, "area_name", own.reindex(units.index).to_numpy())
    at = list(named.columns).index("best_match")
    named.insert(at + 1, "best_match_name", other.reindex(named["best_match"]).to_numpy())
    return named


def overlap_document(
    found: Overlap,
    *,
    parameters: Mapping[str, Any],
    sets: tuple[str, str],
    names: tuple["pd.Series[str]", "pd.Series[str]"],
    bricks: Mapping[str, Any] | None,
    incidents: Mapping[str, Any] | None = None,
    lines: BoundaryFit | None = None,
) -> dict[str, Any]:
    """
    Give an overlap as the document that docs/json/analysis.md describes.

    Parameters
    ----------
    parameters
        What was asked.
    sets, names
        Identifier and area names by code, of source and target.
    bricks
        What is said of the small areas with people, None where there were none.
    incidents
        What is said of the incidents that were counted, None where none were.
    lines
        The comparison of the lines, None where none was made.
    """
    pieces, sliver = found.pieces, found.pieces["sliver"]
    measured = [str(name) for name in found.bricks.index]
    weights = ["area_m2", *(name for name in measured if found.matrix(name).sum() > 0)]
    people = found.bricks.drop(index="incidents", errors="ignore").reset_index()
    return {
        "process": "overlap",
        "parameters": dict(parameters),
        "source": {"set_id": sets[0], "areas": len(found.sources)},
        "target": {"set_id": sets[1], "areas": len(found.targets)},
        "bricks": None if bricks is None else {**bricks, "measures": records(people)},
        "incidents": None if incidents is None else dict(incidents),
        "classes": {
            side: {name: int((units["class"] == name).sum()) for name in CLASSES}
            for side, units in (("sources", found.sources), ("targets", found.targets))
        },
        "boundary": None if lines is None else asdict(lines),
        "measures": {weight: found.measures(weight).to_dict() for weight in weights},
        "slivers": {"pieces": int(sliver.sum()), "area_m2": float(pieces.loc[sliver, "area_m2"].sum())},
        "sources": records(named_units(found.sources, names[0], names[1])),
        "targets": records(named_units(found.targets, names[1], names[0])),
        "pieces": records(pieces),
        "cautions": cautions_of(found, source=sets[0], target=sets[1]),
    }


def named_rows(found: Ladder, *, csp: "pd.Series[str]", names: Mapping[str, "pd.Series[str]"]) -> pd.DataFrame:
    """Give the rows of a ladder with the names of the partnerships and of the areas of each rung, by code."""
    rows = found.rows.rename_axis("area_code").reset_index()
    rows.insert(1, "area_name", csp.reindex(found.rows.index).to_numpy())
    for rung in found.rungs:
        rows.insert(list(rows.columns).index(rung) + 1, f"{rung}_name", names[rung].reindex(rows[rung]).to_numpy())
    return rows


def ladder_document(
    found: Ladder,
    *,
    parameters: Mapping[str, Any],
    sets: Mapping[str, Sequence[str]],
    csp: "pd.Series[str]",
    names: Mapping[str, "pd.Series[str]"],
    bricks: Mapping[str, Any] | None,
    cautions: Sequence[str],
) -> dict[str, Any]:
    """
    Give a ladder as the document that docs/json/analysis.md describes.

    Parameters
    ----------
    parameters
        What was asked.
    sets
        Identifiers of the sets of each rung, partnerships (`csp`) first.
    csp, names
        Names by area code, of partnerships and of each rung.
    bricks
        What is said of the small areas with people, None where there were none.
    cautions
        What is to be known before the figures are used: see `ladder_cautions`.
    """
    areas = {}
    for rung, table in found.areas.items():
        named = table.rename_axis("area_code").reset_index()
        named.insert(1, "area_name", names[rung].reindex(table.index).to_numpy())
        areas[rung] = records(named)
    summary = found.summary.reset_index()
    if "pfa" in names:
        summary.insert(1, "force_name", names["pfa"].reindex(summary["force"]).to_numpy())
    else:
        summary.insert(1, "force_name", None)
    lines = records(summary)
    return {
        "process": "ladder",
        "parameters": dict(parameters),
        "sets": {rung: list(held) for rung, held in sets.items()},
        "bricks": None if bricks is None else dict(bricks),
        "outside_in": found.weight,
        "summary": lines[-1],
        "forces": lines[:-1],
        "rows": records(named_rows(found, csp=csp, names=names)),
        "areas": areas,
        "cautions": list(cautions),
    }
