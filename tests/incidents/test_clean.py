"""One rule, one reason; and what real data does without being wrong."""

import pyarrow as pa
import pytest

from crimemap.errors import UnreadableFileError
from crimemap.incidents.archive import open_archives
from crimemap.incidents.clean import numbers, stripped
from crimemap.incidents.police_uk import read_member
from tests.incidents.made import OUTCOMES as OUTCOME_HEADER
from tests.incidents.made import STOPS as STOP_HEADER
from tests.incidents.made import STREET, csv_text, name_of, outcome_row, stop_row, street_row, zip_of


def read(tmp_path, text, *, kind="street", month="2024-01"):
    archive = zip_of(tmp_path / "a.zip", {name_of(month, kind=kind): text})
    return read_member(open_archives(archive)[0].members[0])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Month": "2024-13"}, "the month is not a month"),
        ({"Month": ""}, "the month is not a month"),
        ({"Month": "2024-02"}, "not the month of the file"),
        ({"Longitude": "west"}, "a coordinate is not a number"),
        ({"Latitude": "nan"}, "a coordinate is not finite"),
        ({"Longitude": "-inf"}, "a coordinate is not finite"),
        ({"Longitude": "", "Latitude": "52.5"}, "only one of longitude and latitude"),
        ({"Longitude": "52.500000", "Latitude": "-1.500000"}, "are swapped"),
        ({"Longitude": "0.0", "Latitude": "0.0"}, "outside the United Kingdom"),
        ({"Longitude": "2.35", "Latitude": "48.85"}, "outside the United Kingdom"),
        ({"Longitude": "1e300", "Latitude": "52.5"}, "outside the United Kingdom"),
        ({"Crime_type": " "}, "there is no offence type"),
    ],
)
def test_a_row_that_breaks_a_rule_goes_to_quarantine_with_its_line_and_reason(tmp_path, changed, reason):
    rows = read(tmp_path, csv_text([street_row(1), street_row(2, **changed), street_row(3)]))
    assert rows.read == 3
    assert rows.table.num_rows == 2
    assert rows.table["crime_id"].to_pylist() == [street_row(1)["Crime ID"], street_row(3)["Crime ID"]]
    [rejected] = rows.rejected
    assert rejected.line == 3
    assert reason in rejected.reason
    assert rejected.raw == csv_text([street_row(2, **changed)]).splitlines()[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"Crime_ID": ""},
        {"LSOA_code": "", "LSOA_name": ""},
        {"Location": "No Location", "Longitude": "", "Latitude": ""},
        {"Location": 'On or near "The Crown", Car Park'},
        {"Location": "On or near Café Côte"},
        {"Last_outcome_category": "An outcome that nobody has seen before"},
        {"Crime_type": "Violent crime"},
        {"Longitude": "-6.3", "Latitude": "49.9"},
        {"Longitude": "-0.85", "Latitude": "60.8"},
        {"Context": "free text\nover two lines"},
    ],
)
def test_what_real_data_does_is_stored(tmp_path, changed):
    rows = read(tmp_path, csv_text([street_row(1, **changed)]))
    assert (rows.read, rows.table.num_rows, rows.rejected) == (1, 1, [])


def test_a_row_without_coordinates_has_no_place_and_is_kept(tmp_path):
    rows = read(tmp_path, csv_text([street_row(1), street_row(2, Longitude="", Latitude="")]))
    assert rows.placed.tolist() == [True, False]
    assert rows.lon_e6.tolist()[0] == -1_500_000


def test_rows_of_wrong_width_are_kept_in_quarantine(tmp_path):
    text = csv_text([street_row(1)]) + "too,few\n" + csv_text([street_row(2)]).splitlines()[1] + ",more,still\n"
    rows = read(tmp_path, text)
    assert rows.read == 3
    assert [(row.line, row.reason) for row in rows.rejected] == [
        (3, "the row has 2 columns, the header has 12"),
        (4, "the row has 14 columns, the header has 12"),
    ]


def test_the_line_is_the_physical_one_after_quoted_line_ends(tmp_path):
    rows = read(tmp_path, csv_text([street_row(1, Location="a\nb\nc"), street_row(2, Latitude="x")]))
    assert [(row.line, row.reason) for row in rows.rejected] == [(5, "a coordinate is not a number")]
    assert rows.table["location"].to_pylist() == ["a\nb\nc"]


def test_outer_blanks_are_taken_off_and_empty_is_null(tmp_path):
    rows = read(
        tmp_path, csv_text([street_row(1, Location="On or near Mill Lane  ", Context="  ", Crime_type=" Burglary ")])
    )
    row = rows.table.to_pylist()[0]
    assert (row["location"], row["context"], row["offence_type"]) == ("On or near Mill Lane", None, "Burglary")


def test_a_file_in_which_most_positions_are_swapped_is_refused(tmp_path):
    swapped = [street_row(n, Longitude="52.5", Latitude="-1.5") for n in range(3)]
    with pytest.raises(UnreadableFileError, match="swapped in 3 of 4 rows"):
        read(tmp_path, csv_text([*swapped, street_row(9)]))


def test_a_file_under_the_name_of_another_month_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"2 of 2 rows are of another month than the file's name says \(2024-02\)"):
        read(tmp_path, csv_text([street_row(1), street_row(2)]), month="2024-02")


def test_columns_are_found_by_name_in_any_order_with_bom_and_crlf(tmp_path):
    header = [*reversed(STREET), "A new column"]
    text = "\ufeff" + csv_text([street_row(1, Location="On or near Mill Lane")], header, end="\r\n")
    rows = read(tmp_path, text)
    assert rows.table["location"].to_pylist() == ["On or near Mill Lane"]
    assert rows.lon_e6.tolist() == [-1_500_000]


def test_early_files_lack_some_columns(tmp_path):
    header = [name for name in STREET if name not in {"Crime ID", "LSOA code", "LSOA name", "Last outcome category"}]
    row = {name: value for name, value in street_row(1).items() if name in header}
    assert read(tmp_path, csv_text([row], header)).table.num_rows == 1


@pytest.mark.parametrize(
    ("header", "wrong"),
    [
        ([f"column {n}" for n in range(40)], "40 columns"),
        ([*STREET, *(f"column {n}" for n in range(28))], "28 of its 40 columns are not police.uk's"),
        ([name for name in STREET if name != "Crime type"], "'Crime type' is missing"),
        ([*STREET, "Month"], "a column comes twice"),
        (["one"], "1 column and"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path, header, wrong):
    with pytest.raises(UnreadableFileError, match="the header has") as caught:
        read(tmp_path, csv_text([], header))
    assert wrong in str(caught.value)


def test_outcomes_and_stops_are_cleaned_too(tmp_path):
    outcomes = [outcome_row(1), outcome_row(2, Outcome_type=""), outcome_row(3, Longitude="inf")]
    rows = read(tmp_path, csv_text(outcomes, OUTCOME_HEADER), kind="outcomes")
    assert [row.reason for row in rows.rejected] == ["there is no outcome type", "a coordinate is not finite"]
    stops = [stop_row(), stop_row(Date="yesterday"), stop_row(Date="2024-01-05T23:10:00+01:00", Longitude="", Latitude="")]
    rows = read(tmp_path, csv_text(stops, STOP_HEADER), kind="stop-and-search")
    assert [row.reason for row in rows.rejected] == ["the date and time cannot be read"]
    kept = rows.table.to_pylist()
    assert [str(row["occurred_at"]) for row in kept] == ["2024-01-05 23:10:00", "2024-01-05 22:10:00"]
    assert (kept[0]["outcome_linked_to_object"], kept[0]["removed_more_than_outer_clothing"]) == (True, False)
    assert kept[0]["part_of_operation"] is None


def test_numbers_tell_missing_from_unreadable():
    found = numbers(pa.array(["1.5", " -2 ", "", None, "x", "1,5", "NaN", "+3", "1e2", "0x10", "1_0"]))
    assert found.missing.tolist() == [False, False, True, True, *[False] * 7]
    assert found.unreadable.tolist() == [False] * 4 + [True, True, False, False, False, True, True]
    assert found.values[[0, 1, 7, 8]].tolist() == [1.5, -2.0, 3.0, 100.0]


def test_stripping_words_keeps_each_row_its_word():
    words = pa.array(["a ", "a", None, " ", "b"]).dictionary_encode()
    assert stripped(words).to_pylist() == ["a", "a", None, None, "b"]
