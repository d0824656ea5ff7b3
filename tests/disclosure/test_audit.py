import numpy as np
import pytest
from scipy import sparse

from crimemap.disclosure.attack import CellSystem
from crimemap.disclosure.audit import audit_columns, audit_month, audit_points, audit_text, position_key

TRUE = position_key(-1.132503, 52.632805)


@pytest.mark.parametrize(
    "text",
    [
        '{"coordinates":[-1.132503,52.632805]}',
        "52.632805,-1.132503",
        '"latitude":"52.632805","longitude":"-1.132503"',
        "-1.1325030 52.6328050",
        "lat=52.632805&lng=-1.132503".replace("&", " "),
    ],
)
def test_a_true_position_is_found_in_any_order_and_notation(text):
    assert audit_text("a.html", text, {TRUE})


def test_a_map_point_is_no_finding():
    assert audit_text("a.html", '{"coordinates":[-1.140000,52.640000]}', {TRUE}) == []


def test_a_finding_never_repeats_the_position():
    (found,) = audit_text("a.html", "[-1.132503,52.632805]", {TRUE})
    assert "52." not in found.what + found.where


def test_a_point_that_is_no_map_point_is_found():
    allowed = {position_key(-1.0, 52.0)}
    found = audit_points("places", np.array([-1.0, -1.1]), np.array([52.0, 52.1]), allowed)
    assert "1 positions" in found[0].what


@pytest.mark.parametrize("column", ["crime_id", "occurred_from", "load_id"])
def test_a_private_column_is_found(column):
    assert audit_columns("incidents", ["id", column])


SYSTEM = CellSystem(sparse.csr_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]), 1)


def audited(suppressed, hidden):
    both = np.array([[s, s] for s in suppressed])
    values = np.array([[h, h] for h in hidden])
    return [one.what for one in audit_month("counts", SYSTEM, both, values, threshold=5, rng=np.random.default_rng(0))]


def test_a_single_suppressed_count_is_reported():
    assert any("can be worked out" in what for what in audited([True, False, False, False], [0, 0, 0, 3]))


def test_two_that_hide_enough_are_not():
    assert audited([True, True, False, False], [0, 0, 0, 12]) == []


def test_two_that_hide_too_little_are_reported():
    assert any("hide fewer than 5" in what for what in audited([True, True, False, False], [0, 0, 0, 2]))


def test_a_count_below_its_published_rows_is_reported():
    assert any("below the rows" in what for what in audited([False] * 4, [0, 0, -1, 0]))


def test_a_count_above_its_published_rows_with_nothing_hidden_is_reported():
    assert any("above the rows" in what for what in audited([False] * 4, [0, 0, 7, 0]))
