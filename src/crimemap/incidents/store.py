"""What is stored, to be read with SQL: one in-memory DuckDB connection with views over the files of the tables."""

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from crimemap.incidents.delta import Tables
from crimemap.incidents.places import PLACE_AREAS, PLACES, PlaceStore
from crimemap.incidents.schema import RECORD_TABLES, SCHEMAS
from crimemap.incidents.views import VIEWS
from crimemap.workspace import Workspace

__all__ = ["IncidentStore"]

_SQL_TYPES = {
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint64(): "UBIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.timestamp("us"): "TIMESTAMP",
}


class IncidentStore:
    """
    The incidents, outcomes and stops of a workspace, and what is known of where they came from and where they lie.

    Parameters
    ----------
    workspace
        The workspace. It need not hold anything yet.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def connect(self) -> duckdb.DuckDBPyConnection:
        """
        Open a connection to what is stored now; later loads do not change what it shows.

        Returns
        -------
        duckdb.DuckDBPyConnection
            In memory, with the views `incidents`, `outcomes`, `outcome_links`, `stops`, `loads`, `quarantine`, `coverage`,
            `places` and `place_areas`. A view of what was never loaded has its columns and no row. Times of incidents are
            as a clock on the wall shows them in the United Kingdom; times of stops are UTC.
        """
        con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        con.execute(
            "CREATE MACRO year_month(m) AS CAST(substr(m, 1, 4) AS INTEGER) * 12 + CAST(substr(m, 6, 2) AS INTEGER) - 1"
        )
        con.execute("CREATE MACRO month_text(n) AS printf('%04d-%02d', n // 12, n % 12 + 1)")
        tables, places = Tables(self._workspace), PlaceStore(self._workspace)
        # The record tables first: whatever they hold, `loads` and `quarantine`, written before, say it too.
        sources = {
            name: _files(tables.files(name), SCHEMAS[name], partitioned=name in RECORD_TABLES)
            for name in (*RECORD_TABLES, "loads", "quarantine")
        }
        sources["places"] = _files(places.part_files(), PLACES)
        sources["place_areas"] = _files(places.area_files(), PLACE_AREAS)
        committed = " ".join(f"WHEN '{name}' THEN {tables.committed_load_id(name)}" for name in RECORD_TABLES)
        for name, query in VIEWS:
            con.execute(f"CREATE VIEW {name} AS {query.format(**sources, committed=committed)}")
        return con


def _files(paths: Iterable[Path], schema: pa.Schema, *, partitioned: bool = False) -> str:
    """Name the table function that reads some files, or an empty table of the right columns."""
    listed = ", ".join(_quoted(path) for path in paths)
    if not listed:
        columns = ", ".join(f"CAST(NULL AS {_SQL_TYPES[column.type]}) AS {column.name}" for column in schema)
        return f"(SELECT {columns} WHERE false)"
    if not partitioned:
        return f"read_parquet([{listed}], hive_partitioning = false)"
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types = {{'month': VARCHAR, 'force': VARCHAR}})"


def _quoted(path: Path) -> str:
    """Write a path for DuckDB, which would otherwise take stars and question marks in a folder's name for patterns."""
    return "'" + re.sub(r"[*?\[]", r"[\g<0>]", str(path)).replace("'", "''") + "'"
