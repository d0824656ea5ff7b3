"""Counts of cells from the files themselves, against what the database counts from its views."""

import numpy as np
import pandas as pd
import pytest

from crimemap.analysis.grids.cells import cells_of, locate, parse_cells
from crimemap.areas.store import AreaStore
from crimemap.engine import LocalEngine
from crimemap.errors import ConflictError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs import partition_counts
from crimemap.jobs.cell_counts import count_cells
from crimemap.jobs.places import count_places
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.study_area import named_area
from crimemap.periods import month_index
from tests.jobs.made import EAST_FORCE, MONTHS, WEST_FORCE
from tests.real_data import REAL_DATA, needs_real_data

KINDS = ["h3:9", "h3:11", "250m"]


def chosen_of(workspace, **asked):
    with IncidentStore(workspace).connect() as con:
        return choose(con, Selection(**asked))


def by_views(workspace, chosen, kind) -> pd.DataFrame:
    """Count rows of the view, one position at a time."""
    condition, values = chosen.condition()
    with IncidentStore(workspace).connect() as con:
        rows = con.execute(
            "SELECT p.*, i.month, i.offence_type FROM incidents i JOIN places p USING (place_id) "  # noqa: S608 - fixed text
            f"WHERE {condition} AND isfinite(p.longitude)",
            values,
        ).df()
    rows["cell"] = locate(kind, **{name: rows[name] for name in ("longitude", "latitude", "easting", "northing")}).astype(
        int
    )
    rows["month"] = rows["month"].map(month_index)
    return rows.groupby(["cell", "month", "offence_type"]).size().rename("incidents").reset_index()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("asked", [{}, {"force": EAST_FORCE}, {"offence": "burglary"}, {"first_month": "2024-02"}])
def test_counts_are_those_of_the_rows(made, kind, asked):
    chosen = chosen_of(made, **asked)
    found = count_cells(made, chosen, parse_cells(kind), by_offence=True)
    table = pd.DataFrame(
        {
            "cell": found.cell,
            "month": found.month,
            "offence_type": np.array(found.offence_types, dtype=object)[found.offence],
            "incidents": found.incidents,
        }
    )
    expected = by_views(made, chosen, parse_cells(kind))
    keys = ["cell", "month", "offence_type"]
    pd.testing.assert_frame_equal(
        table.sort_values(keys, ignore_index=True), expected.sort_values(keys, ignore_index=True), check_dtype=False
    )


def test_an_area_without_incidents_in_a_month_has_no_row(made):
    chosen = chosen_of(made)
    found = count_cells(made, chosen, parse_cells("h3:9"), inside=named_area(AreaStore(made), "csp-2017:E22000006"))
    assert found.cell.size == found.incidents.sum() == 0
    assert found.offence_types == ()
    assert found.selected == found.elsewhere + found.without_position


def test_every_incident_is_accounted_for(made):
    chosen = chosen_of(made)
    found = count_cells(made, chosen, parse_cells("h3:9"), inside=named_area(AreaStore(made), "csp-2017:E22000009"))
    with IncidentStore(made).connect() as con:
        total = con.execute("SELECT count(*) FROM incidents").fetchall()[0][0]
        inside = con.execute(
            "SELECT count(*) FROM incidents JOIN place_areas USING (place_id) WHERE area_code = 'E22000009'"
        )
        assert found.incidents.sum() == inside.fetchall()[0][0]
    assert found.selected == found.incidents.sum() + found.elsewhere + found.without_position == total
    assert found.without_position == len(MONTHS)


def test_months_together_are_the_sum_of_the_months(made):
    chosen = chosen_of(made)
    apart = count_cells(made, chosen, parse_cells("250m"))
    together = count_cells(made, chosen, parse_cells("250m"), by_month=False)
    cell, incidents = apart.by_cell()
    assert (together.cell == cell).all()
    assert (together.incidents == incidents).all()
    assert (together.month == 0).all()
    assert together.exchanged_bytes < apart.exchanged_bytes


def test_counting_by_place_is_what_the_database_does(made):
    chosen = chosen_of(made, force=WEST_FORCE)
    found = count_cells(made, chosen, None, by_month=False)
    with IncidentStore(made).connect() as con:
        expected = count_places(con, chosen)
    assert found.cell.tolist() == expected.table["place_id"].tolist()
    assert found.incidents.tolist() == expected.table["incidents"].tolist()
    assert (found.selected, found.without_position) == (expected.selected, expected.without_position)


def test_a_table_of_cells_by_month_leaves_nothing_out_unsaid(made):
    chosen = chosen_of(made, force=WEST_FORCE)
    found = count_cells(made, chosen, parse_cells("h3:9"))
    some = cells_of(np.unique(found.cell)[::2], parse_cells("h3:9"))
    counts, outside = found.matrix(some, chosen.months)
    assert counts.shape == (len(some), len(MONTHS))
    assert counts.sum() + outside == found.incidents.sum()
    assert outside > 0
    first, _ = found.matrix(some, chosen.months[:1])
    assert (first[:, 0] == counts[:, 0]).all()


def test_work_handed_out_in_small_pieces_gives_the_same(made, monkeypatch):
    chosen = chosen_of(made)
    whole = count_cells(made, chosen, parse_cells("h3:9"), by_offence=True)
    monkeypatch.setattr("crimemap.jobs.cell_counts._BYTES_AT_ONCE", 0)
    monkeypatch.setattr(partition_counts, "_ROWS_AT_ONCE", 7)
    pieces = count_cells(made, chosen, parse_cells("h3:9"), by_offence=True, engine=LocalEngine(3))
    for name in ("cell", "month", "offence", "incidents"):
        assert (getattr(whole, name) == getattr(pieces, name)).all()
    assert pieces.offence_types == whole.offence_types


def test_what_travels_is_counts_and_no_more(made):
    found = count_cells(made, chosen_of(made), parse_cells("h3:7"))
    assert found.exchanged_bytes <= found.cell.size * 6 + 10 * 7, "an index, a count, and a line for each file"


def test_a_worker_that_sees_other_places_is_not_believed(made, monkeypatch):
    class Elsewhere:
        def map(self, function, partitions):
            parts = [function(partition) for partition in partitions]
            for part in parts:
                object.__setattr__(part, "checksum", 1)
            return parts

    with pytest.raises(ConflictError, match="sees other places"):
        count_cells(made, chosen_of(made), parse_cells("h3:9"), engine=Elsewhere())


@needs_real_data
@pytest.mark.real_data
def test_a_real_month_of_every_force_is_counted_as_the_database_counts_it(tmp_path):
    from crimemap.pipeline.ingest import ingest
    from crimemap.workspace import Workspace

    workspace = Workspace(tmp_path / "workspace")
    ingest(workspace, [REAL_DATA / "police-uk" / "2018-11-national.zip"])
    chosen = chosen_of(workspace)
    with IncidentStore(workspace).connect() as con:
        expected = con.execute(
            "SELECT CAST(p.h3_9 AS BIGINT) AS cell, i.offence_type, count(*) AS n "
            "FROM incidents i JOIN places p USING (place_id) GROUP BY ALL ORDER BY ALL"
        ).df()
    found = count_cells(workspace, chosen, parse_cells("h3:9"), by_offence=True)
    assert found.cell.tolist() == expected["cell"].tolist()
    assert found.incidents.tolist() == expected["n"].tolist()
    assert [found.offence_types[k] for k in found.offence] == expected["offence_type"].tolist()
