"""Opening a finished release as a stranger would, and handing what is found there to disclosure's checks."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from crimemap.disclosure.attack import CellSystem
from crimemap.disclosure.audit import Finding, KnownPositions, audit_columns, audit_month, audit_points, audit_text
from crimemap.errors import ReleaseError
from crimemap.products.cube import ALL
from crimemap.products.frames import codes
from crimemap.products.report_files import REPORTS, report_source
from crimemap.products.tiles.archive import TILES, TileArchive

__all__ = ["audit_release", "audit_texts"]

_TEXT_FILES = frozenset({".html", ".json", ".geojson", ".csv", ".js", ".css", ".txt", ".xml", ".svg", ".atom", ".ics"})
_SEED = 20_111


def audit_release(folder: Path, known: KnownPositions) -> list[Finding]:
    """
    Audit a release's database and files.

    Parameters
    ----------
    folder
        The release, finished or about to be.
    known
        Positions that must not, and that may, be in it.

    Returns
    -------
    list[Finding]
        Empty if it may be published.

    Raises
    ------
    ReleaseError
        If its database cannot be read.
    """
    try:
        with duckdb.connect(folder / "release.duckdb", read_only=True) as db:
            findings = _database(db, known)
    except duckdb.Error as error:
        raise ReleaseError(
            "the release's database cannot be read", where=folder.name, fix="Build the release again."
        ) from error
    return findings + _files(folder / "site", known) + _reports(folder, known)


def _database(db: duckdb.DuckDBPyConnection, known: KnownPositions) -> list[Finding]:
    findings = []
    columns = db.execute("SELECT table_name, column_name FROM information_schema.columns ORDER BY ALL").df()
    for table, names in columns.groupby("table_name")["column_name"]:
        findings += audit_columns(str(table), names)
    (identified,) = _one(
        db,
        """SELECT count(*) FROM incidents i SEMI JOIN (SELECT force, month FROM coverage
           WHERE kind = 'street' AND source_kind = 'confidential') c ON i.force = c.force AND i.month = c.month
           WHERE i.persistent_id <> '' OR i.context <> ''""",
    )
    if identified:
        findings.append(Finding(rule="identifiers", where="incidents", what=f"has {identified} confidential identifiers"))
    if "stops" in set(columns["table_name"]):
        (fine,) = _one(db, "SELECT count(*) FROM stops WHERE hour <> date_trunc('hour', hour)")
        if fine:
            findings.append(Finding(rule="moments", where="stops", what=f"has {fine} moments finer than an hour"))
    if known.forbidden:
        points = db.execute("SELECT longitude, latitude FROM places").fetchnumpy()
        findings += audit_points("places", np.asarray(points["longitude"]), np.asarray(points["latitude"]), known.map_points)
        findings += _positions_of_rows(db)
    return findings + _suppression(db)


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    row = db.execute(sql).fetchone()
    return (0,) if row is None else tuple(int(value) for value in row)


def _positions_of_rows(db: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Check that rows carry no position of their own: theirs is their map point's."""
    (astray,) = _one(
        db,
        """SELECT count(*) FROM incidents i LEFT JOIN places p USING (place_id)
           WHERE i.easting IS NOT NULL AND (p.easting IS NULL OR abs(i.easting - p.easting) > 0.1
                                            OR abs(i.northing - p.northing) > 0.1)""",
    )
    return [Finding(rule="positions", where="incidents", what=f"has {astray} rows off their map point")] if astray else []


_MONTHS_AT_RISK = """
SELECT month FROM counts WHERE status = 'suppressed'
UNION SELECT month FROM coverage WHERE kind = 'street' AND source_kind = 'confidential' ORDER BY 1"""


def _suppression(db: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Attack every month that has confidential incidents or suppressed counts."""
    months = [row[0] for row in db.execute(_MONTHS_AT_RISK).fetchall()]
    if not months:
        return []
    threshold = int(_one(db, "SELECT value::INTEGER FROM meta WHERE key = 'threshold'")[0])
    areas = db.execute("SELECT DISTINCT area_type, vintage, area_code, force FROM counts ORDER BY ALL").df()
    key = ["area_type", "vintage", "area_code", "force"]
    numbers = areas.reset_index(names="area")
    types = [row[0] for row in db.execute("SELECT name FROM categories ORDER BY name").fetchall()]
    placed = db.execute("SELECT place_id, area_type, vintage, area_code, force FROM place_areas").df().merge(numbers, on=key)
    pairs, members = _pairs(db, numbers, placed)
    rng = np.random.default_rng(_SEED)
    findings = []
    for month in months:
        cells = db.execute("SELECT * FROM counts WHERE month = ?", [month]).df().merge(numbers, on=key)
        column = codes(cells["offence_type"], [*types, ALL])
        shape = (len(areas), len(types) + 1)
        published = np.zeros(shape, dtype=np.int64)
        status = np.full(shape, "no_data", dtype=object)
        published[cells["area"], column] = cells["incidents"].fillna(0).astype(np.int64)
        status[cells["area"], column] = cells["status"]
        secret = _is_confidential(db, month, pairs)
        shown = _shown(db, month, pairs, types)
        whole, open_part = _summed(members, shown), _summed(members, np.where(secret[:, None], 0, shown))
        part = sparse.csr_matrix(members[:, np.flatnonzero(secret)])
        rows = np.flatnonzero(np.asarray(part.sum(axis=1)).ravel() > 0)
        system = CellSystem(_distinct_columns(sparse.csr_matrix(part[rows])), len(types))
        findings += audit_month(
            f"counts of {month}",
            system,
            status[rows] != "counted",
            published[rows] - whole[rows],
            threshold=threshold,
            rng=rng,
            targets=status[rows] == "suppressed",
            confidential=published[rows] - open_part[rows],
        )
    return findings


def _summed(members: sparse.csr_matrix, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add counts by pair and type up to areas, with a column for all types."""
    by_type = np.asarray(members @ counts, dtype=np.int64)
    return np.column_stack([by_type, by_type.sum(axis=1)])


def _is_confidential(db: duckdb.DuckDBPyConnection, month: str, pairs: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which pairs' force has confidential records in the month."""
    sql = "SELECT DISTINCT force FROM coverage WHERE kind = 'street' AND source_kind = 'confidential' AND month = ?"
    forces = [row[0] for row in db.execute(sql, [month]).fetchall()]
    return pairs["force"].isin(forces).to_numpy(dtype=bool)


def _pairs(
    db: duckdb.DuckDBPyConnection, numbers: pd.DataFrame, placed: pd.DataFrame
) -> tuple[pd.DataFrame, sparse.csr_matrix]:
    """List what rows can be told apart by (place and force, or force alone), and the areas of each."""
    forces = numbers.loc[numbers["area_type"] == "force", ["area_code", "area"]]
    pairs = db.execute(
        """SELECT place_id, force FROM incidents WHERE place_id IS NOT NULL GROUP BY ALL
           UNION SELECT p.place_id, c.force FROM places p
                 CROSS JOIN (SELECT DISTINCT force FROM coverage WHERE source_kind = 'confidential') c
                 WHERE EXISTS (SELECT 1 FROM place_areas a WHERE a.place_id = p.place_id AND a.force = c.force)
           UNION SELECT -1, area_code FROM counts WHERE area_type = 'force' ORDER BY ALL"""
    ).df()
    pairs["pair"] = np.arange(len(pairs))
    links = pairs.merge(placed[["place_id", "area"]], on="place_id")
    own = pairs.merge(forces, left_on="force", right_on="area_code")
    rows = np.concatenate([links["area"].to_numpy(), own["area"].to_numpy()])
    columns = np.concatenate([links["pair"].to_numpy(), own["pair"].to_numpy()])
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=(len(numbers), len(pairs)))
    return pairs, matrix


def _shown(db: duckdb.DuckDBPyConnection, month: str, pairs: pd.DataFrame, types: list[str]) -> NDArray[np.int64]:
    """Count the published rows by pair and offence type."""
    rows = db.execute(
        """SELECT coalesce(i.place_id, -1) AS place_id, i.force, c.name, count(*) AS n FROM incidents i
           JOIN categories c ON c.url = i.category WHERE i.month = ? GROUP BY ALL""",
        [month],
    ).df()
    rows = rows.merge(pairs, on=["place_id", "force"])
    column = codes(rows["name"], types)
    matrix = sparse.csr_matrix((rows["n"].to_numpy(), (rows["pair"].to_numpy(), column)), shape=(len(pairs), len(types)))
    return np.asarray(matrix.toarray())


def _distinct_columns(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Keep one of each set of equal columns."""
    by_column = sparse.csc_matrix(matrix)
    by_column.sort_indices()
    keys = [by_column.indices[a:b].tobytes() for a, b in zip(by_column.indptr[:-1], by_column.indptr[1:], strict=True)]
    first = pd.Series(keys, dtype=object).drop_duplicates().index.to_numpy()
    return sparse.csr_matrix(by_column[:, first])


def _files(site: Path, known: KnownPositions) -> list[Finding]:
    """Look through the headers of every table and, where there is something to hide, the text of every file."""
    findings = []
    for path in sorted(one for one in site.rglob("*") if one.is_file() and one.suffix in _TEXT_FILES):
        where = path.relative_to(site).as_posix()
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig") as file:
                findings += audit_columns(where, file.readline().strip().split(","))
        if known.forbidden and not where.startswith("assets/"):
            findings += audit_text(where, _unfolded(path), known.forbidden)
    return findings + _tiles(site)


def _tiles(site: Path) -> list[Finding]:
    """Look through what features of tiles have; their positions and values are the database's."""
    findings = []
    for path in sorted((site / TILES).glob("*.pmtiles")):
        where = path.relative_to(site).as_posix()
        for layer in TileArchive(path).metadata["vector_layers"]:
            findings += audit_columns(where, layer["fields"])
    return findings


def audit_texts(folder: Path, names: Iterable[str], known: KnownPositions) -> list[Finding]:
    """
    Look through some files of a release for private positions, as an audit looks through all.

    Parameters
    ----------
    folder
        The release.
    names
        Paths below it; those that are no text are passed over.
    known
        Positions that must not be in it.
    """
    paths = [(name, folder / name) for name in names]
    return [
        finding
        for name, path in paths
        if path.suffix in _TEXT_FILES
        for finding in audit_text(name, _unfolded(path), known.forbidden)
    ]


def _unfolded(path: Path) -> str:
    """Read a file; a calendar's long lines go on after a line end and a space, which would cut a number in two."""
    text = path.read_text(encoding="utf-8")
    return text.replace("\r\n ", "").replace("\n ", "") if path.suffix == ".ics" else text


def _reports(folder: Path, known: KnownPositions) -> list[Finding]:
    """Look through the documents that reports are printed from; a report without one cannot be looked through."""
    findings = []
    for path in sorted((folder / REPORTS).rglob("*.html")):
        if known.forbidden:
            where = path.relative_to(folder).as_posix()
            findings += audit_text(where, path.read_text(encoding="utf-8"), known.forbidden)
    for path in sorted((folder / "site").rglob("*.pdf")):
        printed = path.relative_to(folder / "site")
        if not report_source(folder, printed.parent.as_posix()).is_file():
            findings.append(Finding(rule="reports", where=printed.as_posix(), what="has no document to check it by"))
    return findings
