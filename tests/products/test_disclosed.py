"""The attacker opens a finished release of confidential records and reads everything in it."""

import duckdb
import numpy as np
import pytest

from crimemap.disclosure.audit import KnownPositions, position_key
from crimemap.products.audit import audit_release
from tests.products.county import county

NOTHING_PRIVATE = KnownPositions(forbidden=frozenset(), map_points=frozenset())


@pytest.fixture(scope="module")
def db(confidential):
    with duckdb.connect(confidential.path / "release.duckdb", read_only=True) as connection:
        yield connection


def test_the_audit_passes(built, confidential):
    places = county().places
    points = frozenset(position_key(x, y) for x, y in zip(places["longitude"], places["latitude"], strict=True))
    known = KnownPositions(forbidden=frozenset({position_key(-1.5, 52.5)}), map_points=points)
    assert audit_release(built.path, known) == []
    assert audit_release(confidential.path, known) == []


def test_no_small_count_is_published(db):
    assert db.execute("SELECT count(*) FROM counts WHERE incidents BETWEEN 1 AND 4").fetchone()[0] == 0
    assert db.execute("SELECT count(*) FROM counts WHERE status = 'suppressed'").fetchone()[0] > 0


def test_suppressed_counts_cannot_be_counted_from_the_rows(db):
    """Rows of a suppressed cell are not published, so counting points gives nothing."""
    rows = db.execute(
        """SELECT count(*) FROM incidents i JOIN place_areas a USING (place_id)
           JOIN categories k ON k.url = i.category
           JOIN counts c ON c.area_type = a.area_type AND c.area_code = a.area_code AND c.month = i.month
                AND c.offence_type = k.name WHERE c.status = 'suppressed'"""
    ).fetchone()[0]
    assert rows == 0


def test_suppressed_counts_cannot_be_solved_for(db):
    """One month as a linear system in floating point, independent of the code under test."""
    month = db.execute("SELECT max(month) FROM counts WHERE status = 'suppressed'").fetchone()[0]
    cells = db.execute("SELECT * FROM counts WHERE month = ?", [month]).df()
    types = [t for t in sorted(cells["offence_type"].unique()) if t != "All"]
    atoms = (
        db.execute(
            "SELECT string_agg(area_type || '/' || area_code, ',' ORDER BY ALL) AS areas FROM place_areas GROUP BY place_id"
        )
        .df()["areas"]
        .unique()
    )
    inside = [set(a.split(",")) | {"force/west-demoshire"} for a in atoms] + [{"force/west-demoshire"}]
    n = len(types)

    def row(cell):
        made = np.zeros(len(inside) * n)
        for a, areas in enumerate(inside):
            if f"{cell.area_type}/{cell.area_code}" in areas:
                made[a * n : (a + 1) * n] = (
                    1 if cell.offence_type == "All" else np.arange(n) == types.index(cell.offence_type)
                )
        return made

    secret = [row(c) for c in cells.itertuples() if c.status == "suppressed"]
    published = [(row(c), c.incidents) for c in cells.itertuples() if c.status == "counted"]
    unknown = np.any(secret, axis=0)
    zero = (
        np.any([r > 0 for r, value in published if value == 0], axis=0)
        if any(v == 0 for _, v in published)
        else ~unknown & False
    )
    unknown &= ~zero
    equations = np.array([r[unknown] for r, _ in published])
    base = np.linalg.matrix_rank(equations)
    for one in secret:
        assert np.linalg.matrix_rank(np.vstack([equations, one[unknown]])) > base


def test_no_identifier_of_a_confidential_incident_is_published(db):
    assert db.execute("SELECT count(*) FROM incidents WHERE persistent_id <> '' OR context <> ''").fetchone()[0] == 0


def test_pages_say_not_shown_and_never_a_small_number_for_a_suppressed_count(confidential):
    page = (confidential.path / "site/forces/west-demoshire/neighbourhoods/N05/index.html").read_text()
    assert "at least" in page
    assert "Incidents behind numbers that are not shown are left out of the map" in page
    assert "Most often recorded" not in page, "shares of numbers that are partly withheld would mislead"


def test_a_position_smuggled_into_a_page_fails_the_audit(confidential, tmp_path):
    import shutil

    copy = tmp_path / confidential.release_id
    shutil.copytree(confidential.path, copy)
    (copy / "site" / "about" / "index.html").write_text("<p>52.123456, -1.654321</p>")
    known = KnownPositions(forbidden=frozenset({position_key(-1.654321, 52.123456)}), map_points=_points())
    found = audit_release(copy, known)
    assert [one.where for one in found] == ["about/index.html"]


def test_a_count_smuggled_back_fails_the_audit(confidential, tmp_path):
    import shutil

    copy = tmp_path / confidential.release_id
    shutil.copytree(confidential.path, copy)
    with duckdb.connect(copy / "release.duckdb") as changed:
        changed.execute(
            "UPDATE counts SET status = 'counted', incidents = 3 WHERE status = 'suppressed' AND area_type = 'neighbourhood'"
        )
    assert any(one.rule == "suppression" for one in audit_release(copy, NOTHING_PRIVATE))


def _points():
    places = county().places
    return frozenset(position_key(x, y) for x, y in zip(places["longitude"], places["latitude"], strict=True))
