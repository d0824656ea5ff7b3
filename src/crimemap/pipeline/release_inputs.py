"""The tables of a release, read from the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.errors import ConflictError, EmptyInputError, NotFoundError
from crimemap.forces import FORCES, force_name
from crimemap.incidents.store import IncidentStore
from crimemap.periods import month_after, month_index, month_name, months_between
from crimemap.pipeline.release_alignment import gather_bricks
from crimemap.pipeline.release_areas import gather_areas
from crimemap.pipeline.release_earlier import gather_earlier
from crimemap.pipeline.release_neighbourhoods import gather_neighbourhoods
from crimemap.pipeline.release_postcodes import gather_postcodes
from crimemap.pipeline.release_records import gather_outcomes, gather_stops
from crimemap.pipeline.release_snap import snapped_places
from crimemap.products.inputs import ReleaseInputs, ReleaseOptions
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["gather"]

_POLICE_UK_ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0"


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which months, forces and sources go into the release."""

    first_month: str
    latest_month: str
    chosen: pd.DataFrame  # force, month, source, kind: one row for each force-month with incidents
    coverage: pd.DataFrame


def gather(
    workspace: Workspace, options: ReleaseOptions, *, forces: Sequence[str] = (), source: str | None = None
) -> ReleaseInputs:
    """
    Read everything that a release is made from, confidential incidents snapped to map points.

    Raises
    ------
    EmptyInputError
        If there are no incidents.
    NotFoundError
        If a force or source named is not there.
    ConflictError
        If two sources hold the same month of the same force.
    """
    db = IncidentStore(workspace).connect()
    scope = _scope(db, options, forces, source)
    db.register("chosen_given", scope.chosen)
    db.execute("CREATE TEMP TABLE chosen AS SELECT * FROM chosen_given")
    snapped = snapped_places(db, workspace, scope.chosen, options.policy)
    db.register("snapped_given", snapped)
    db.execute("CREATE TEMP TABLE snapped AS SELECT * FROM snapped_given")
    incidents = _with_numbered_words(db.sql(_INCIDENTS).to_arrow_reader(_BATCH))
    names = _force_names(sorted(scope.chosen["force"].unique()))
    db.register("incidents_given", incidents)
    stops = gather_stops(db, first_month=scope.first_month, latest_month=scope.latest_month, forces=forces)
    db.register("stops_given", stops)
    places = db.sql(_PLACES.format(resolution=options.h3_resolution)).df()
    neighbourhoods = gather_neighbourhoods(workspace, list(names))
    areas = gather_areas(
        db, workspace, names=names, places=places, incidents="incidents_given", neighbourhoods=neighbourhoods
    )
    return ReleaseInputs(
        first_month=scope.first_month,
        latest_month=scope.latest_month,
        incidents=incidents,
        places=places,
        place_areas=areas.place_areas,
        areas=areas.frame,
        area_parents=areas.parents,
        boundary_sets=areas.sets,
        coverage=scope.coverage,
        forces=_forces(workspace, names),
        neighbourhoods=areas.neighbourhoods,
        sources=_sources(db),
        bricks=gather_bricks(workspace, areas.frame),
        earlier=gather_earlier(workspace, areas.frame),
        postcodes=gather_postcodes(workspace, areas.frame),
        outcomes=gather_outcomes(db),
        stops=stops,
    )


#: Confidential incidents lose their identifier, take a map point, and are numbered afresh within their force's month in the
#: order of a hash, so that neither number nor order says when they were entered.
_INCIDENTS = """
WITH outcome AS (SELECT incident_id, max(month) AS outcome_month FROM outcome_links
                 WHERE incident_id IS NOT NULL AND kind = 'open' GROUP BY incident_id),
open_rows AS (
    SELECT i.id, coalesce(i.crime_id, '') AS persistent_id, i.month, i.force, i.offence_type, i.place_id, i.location,
           i.reported_by, i.context, i.last_outcome, o.outcome_month, 'open' AS kind
    FROM incidents i JOIN chosen c ON i.force = c.force AND i.month = c.month AND i.source = c.source
    LEFT JOIN outcome o ON o.incident_id = i.id
    WHERE i.kind = 'open'),
secret AS (
    SELECT i.*, s.point_id, s.location AS point_location,
           row_number() OVER (PARTITION BY i.force, i.month ORDER BY i.key) AS by_hash,
           row_number() OVER (PARTITION BY i.force, i.month ORDER BY i.id) AS by_id
    FROM incidents i JOIN chosen c ON i.force = c.force AND i.month = c.month AND i.source = c.source
    LEFT JOIN snapped s ON s.place_id = i.place_id AND s.force = i.force
    WHERE i.kind <> 'open'),
secret_rows AS (
    SELECT n.id, '' AS persistent_id, h.month, h.force, f.published_as AS offence_type, h.point_id AS place_id,
           h.point_location AS location, NULL AS reported_by, NULL AS context, h.last_outcome, NULL AS outcome_month,
           'confidential' AS kind
    FROM secret h JOIN secret n ON h.force = n.force AND h.month = n.month AND h.by_hash = n.by_id
    JOIN folded f ON f.offence_type = h.offence_type)
SELECT * FROM open_rows UNION ALL SELECT * FROM secret_rows
"""

_BATCH = 100_000

_PLACES = """
SELECT p.place_id, p.longitude, p.latitude, p.easting, p.northing, p.h3_{resolution} AS cell FROM places p
WHERE p.place_id IN (SELECT place_id FROM incidents_given WHERE place_id IS NOT NULL
                     UNION SELECT point_id FROM map_points
                     UNION SELECT place_id FROM stops_given WHERE place_id IS NOT NULL) ORDER BY p.place_id
"""


def _with_numbered_words(batches: pa.RecordBatchReader) -> pa.Table:
    """Read all rows, keeping each word once: a month's name is not stored again with every row."""
    columns = [field.name for field in batches.schema if pa.types.is_string(field.type) and field.name != "persistent_id"]
    tables = []
    for batch in batches:
        table = pa.Table.from_batches([batch])
        for name in columns:
            table = table.set_column(table.schema.get_field_index(name), name, table[name].dictionary_encode())
        tables.append(table)
    if not tables:
        return pa.Table.from_batches([], batches.schema)
    return pa.concat_tables(tables).unify_dictionaries()


def _scope(db: "duckdb.DuckDBPyConnection", options: ReleaseOptions, forces: Sequence[str], source: str | None) -> _Scope:
    coverage = db.sql("SELECT force, month, table_name, source, kind, row_count, status FROM coverage").df()
    loaded = coverage[(coverage["table_name"] == "incidents") & (coverage["status"] == "loaded")]
    if loaded.empty:
        raise EmptyInputError(
            "the workspace holds no incidents", where="incidents", fix="Ingest an archive first: 'crimemap ingest PATH'."
        )
    held = sorted(loaded["force"].unique())
    unknown = sorted(set(forces) - set(held))
    if unknown:
        raise NotFoundError(
            "this force has no incidents here", where=unknown[0][:60], fix=f"The workspace holds {', '.join(held)}."
        )
    if source is not None and source not in set(loaded["source"]):
        raise NotFoundError(
            "there is no such source", where=source[:60], fix=f"There are {', '.join(sorted(loaded['source'].unique()))}."
        )
    wanted = list(forces) or held
    loaded = loaded[loaded["force"].isin(wanted)]
    latest = str(loaded["month"].max())
    loaded = loaded[loaded["month"] >= month_after(latest, 1 - options.months)]
    first = str(loaded["month"].min())
    chosen = _one_source(loaded[["force", "month", "source", "kind"]].drop_duplicates(), source)
    return _Scope(first, latest, chosen, _coverage(coverage, chosen, first, latest))


def _one_source(loaded: pd.DataFrame, source: str | None) -> pd.DataFrame:
    """Keep one source for each force-month."""
    twice = loaded[loaded.duplicated(["force", "month"], keep=False)]
    if twice.empty:
        return loaded.reset_index(drop=True)
    first = twice.sort_values(["force", "month"]).iloc[0]
    names = sorted(twice.loc[(twice["force"] == first["force"]) & (twice["month"] == first["month"]), "source"])
    resolved = twice[twice["source"] == source].drop_duplicates(["force", "month"])
    if len(resolved) < len(twice.drop_duplicates(["force", "month"])):
        raise ConflictError(
            f"{len(twice.drop_duplicates(['force', 'month']))} months are held by two sources, "
            f"the first {month_name(first['month'])} by {' and '.join(names)}",
            where=first["force"],
            fix=f"Choose one, for example with --source {names[0]}.",
        )
    rest = loaded.drop(twice.index)
    return pd.concat([rest, resolved]).sort_values(["force", "month"], ignore_index=True)


def _coverage(coverage: pd.DataFrame, chosen: pd.DataFrame, first: str, latest: str) -> pd.DataFrame:
    """Give one row for each force, month and table, months without data among them, from a force's first month on."""
    months = months_between(first, month_after(latest))
    kept = coverage[(coverage["status"] == "loaded") & coverage["month"].between(first, latest)]
    kept = kept.merge(chosen[["force", "month", "source"]], on=["force", "month", "source"])
    rows = [kept]
    for (force, table), group in coverage[coverage["force"].isin(chosen["force"])].groupby(["force", "table_name"]):
        have = set(kept.loc[(kept["force"] == force) & (kept["table_name"] == table), "month"])
        ever = group.loc[group["status"] == "loaded", "month"]
        start = max(str(ever.min()), first) if len(ever) else latest
        missing = [m for m in months if m not in have and (table == "incidents" or month_index(m) >= month_index(start))]
        columns = {"force": force, "table_name": table, "source": None, "kind": None, "row_count": 0, "status": "no_data"}
        rows.append(pd.DataFrame({"month": missing, **columns}))
    joined = pd.concat([one for one in rows if len(one)], ignore_index=True)
    return joined.sort_values(["force", "table_name", "month"], ignore_index=True)


def _force_names(slugs: list[str]) -> dict[str, str]:
    return {slug: force_name(slug) for slug in slugs}


def _forces(workspace: Workspace, names: dict[str, str]) -> list[dict[str, Any]]:
    store = NeighbourhoodStore(workspace)
    known = set(store.forces())
    found = []
    for slug, name in names.items():
        held = dict(store.force(slug)) if slug in known else {}
        told = held.get("name") or name
        found.append({**held, "id": slug, "name": told, "has_area": slug in FORCES and bool(FORCES[slug].area_code)})
    return found


def _sources(db: "duckdb.DuckDBPyConnection") -> list[dict[str, Any]]:
    """List the archives behind the rows, by name and hash, never by path."""
    rows = db.execute(
        """SELECT l.archive, l.archive_sha256, l.source, l.kind, l.table_name, min(l.month), max(l.month),
                  count(*), sum(l.stored)
           FROM loads l JOIN chosen c USING (force, month, source)
           GROUP BY ALL ORDER BY 1, 5"""
    ).fetchall()
    return [
        {
            "archive": str(archive).replace("\\", "/").rsplit("/", 1)[-1],
            "sha256": sha256,
            "source": source,
            "kind": kind,
            "table": table,
            "first_month": first,
            "latest_month": last,
            "files": files,
            "rows": int(rows_stored or 0),
            "attribution": _POLICE_UK_ATTRIBUTION if source == "police.uk" else None,
        }
        for archive, sha256, source, kind, table, first, last, files, rows_stored in rows
    ]
