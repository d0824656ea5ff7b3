"""The audit reads feeds, calendars and reports as a stranger would: a true position in any of them stops a release."""

import shutil

import pytest

from crimemap.disclosure.audit import KnownPositions, position_key
from crimemap.products.audit import audit_release
from crimemap.products.report_files import REPORTS, report_source

SECRET = (-1.234567, 52.765432)
KNOWN = KnownPositions(forbidden=frozenset({position_key(*SECRET)}), map_points=frozenset())


@pytest.fixture
def copy(built, tmp_path):
    return shutil.copytree(built.path, tmp_path / built.release_id)


def found(folder):
    return {(one.rule, one.where) for one in audit_release(folder, KNOWN) if one.where != "places"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("site/areas/feed.atom", "<content>at 52.765432 by -1.234567</content>"),
        ("site/areas/calendar.ics", "LOCATION:52.765432\\, -1.234567\r\n"),
        (
            "site/areas/calendar.ics",
            "DESCRIPTION:a line that is folded in the middle of a number 52.765\r\n 432\\, -1.234567",
        ),
        (f"{REPORTS}/areas/report.html", '<path d="M52.765432 -1.234567"/>'),
    ],
)
def test_a_true_position_in_any_file_stops_the_release(copy, name, text):
    assert found(copy) == set()
    path = copy / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    assert found(copy) == {("positions", name.removeprefix("site/"))}


def test_a_report_that_cannot_be_looked_through_stops_the_release(copy):
    printed = copy / "site" / "areas" / "csp" / "E22000901" / "report.pdf"
    printed.write_bytes(b"%PDF-1.7")
    assert found(copy) == {("reports", "areas/csp/E22000901/report.pdf")}
    source = report_source(copy, "areas/csp/E22000901")
    source.parent.mkdir(parents=True)
    source.write_text("<p>nothing private</p>")
    assert found(copy) == set()
