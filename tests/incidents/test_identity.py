"""Keys and numbers: the same incident always, another never."""

import hashlib

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.incidents.identity import Unit, incident_keys, incident_numbers, key_array

ROW = st.tuples(
    st.one_of(st.none(), st.sampled_from(["id-1", "id-2", "id-3"])),
    st.sampled_from(["Burglary", "Drugs"]),
    st.one_of(st.none(), st.sampled_from([(-1_500_000, 52_000_000), (-1_500_001, 52_000_000)])),
    st.one_of(st.none(), st.sampled_from(["On or near A", "On or near B"])),
)


@pytest.fixture(scope="module")
def con():
    return duckdb.connect()


def unit_of(rows, *, source="police.uk", force="west-demoshire", month="2024-01"):
    placed = np.array([row[2] is not None for row in rows], dtype=bool)
    lon = np.array([row[2][0] if row[2] else 0 for row in rows], dtype=np.int32)
    lat = np.array([row[2][1] if row[2] else 0 for row in rows], dtype=np.int32)
    table = pa.table(
        {
            "crime_id": pa.array([row[0] for row in rows], pa.string()),
            "offence_type": pa.array([row[1] for row in rows], pa.string()).dictionary_encode(),
            "location": pa.array([row[3] for row in rows], pa.string()).dictionary_encode(),
        }
    )
    return Unit(source=source, force=force, month=month, rows=table, lon_e6=lon, lat_e6=lat, placed=placed)


def keys_of(con, *units):
    return [[bytes(key).hex() for key in keys] for keys in incident_keys(con, units)]


A, B = ("id-1", "Burglary", (-1_500_000, 52_000_000), "On or near A"), ("id-1", "Drugs", None, None)
NO_ID = (None, "Drugs", (-1_500_000, 52_000_000), "On or near A")


@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_keys_are_unique_and_do_not_depend_on_the_order_of_rows(rows, random):
    con = duckdb.connect()
    [keys] = keys_of(con, unit_of(rows))
    assert len(set(keys)) == len(rows)
    shuffled = rows.copy()
    random.shuffle(shuffled)
    [again] = keys_of(con, unit_of(shuffled))
    assert sorted(zip(map(str, rows), keys, strict=True)) == sorted(zip(map(str, shuffled), again, strict=True))


def test_the_key_of_a_row_with_its_own_id_is_the_hash_of_source_force_month_and_id(con):
    [keys] = keys_of(con, unit_of([A]))
    assert keys == [hashlib.sha256(b"police.uk\x1fwest-demoshire\x1f2024-01\x1fid-1").hexdigest()]


def test_an_incident_that_moved_or_changed_its_type_keeps_its_key_by_its_id(con):
    [before], [after] = keys_of(con, unit_of([A])), keys_of(con, unit_of([B]))
    assert before == after


def test_the_same_id_in_another_month_force_or_source_is_another_incident(con):
    units = [unit_of([A]), unit_of([A], month="2024-02"), unit_of([A], force="east"), unit_of([A], source="own")]
    assert len({key for [key] in keys_of(con, *units)}) == 4


def test_keys_do_not_depend_on_what_is_loaded_with_them(con):
    one, other = unit_of([A, NO_ID, NO_ID, B]), unit_of([NO_ID, A], month="2024-02")
    assert keys_of(con, one, other) == [*keys_of(con, one), *keys_of(con, other)]


def test_a_repeat_leaves_the_others_their_keys(con):
    [alone] = keys_of(con, unit_of([A, NO_ID]))
    [joined] = keys_of(con, unit_of([A, NO_ID, NO_ID, ("id-1", "Zoning", None, None)]))
    assert joined[:2] == alone


def test_rows_alike_in_everything_are_separate(con):
    [keys] = keys_of(con, unit_of([NO_ID] * 50))
    assert len(set(keys)) == 50


def test_no_unit_and_empty_units_have_no_keys(con):
    assert incident_keys(con, []) == []
    assert [len(keys) for keys in incident_keys(con, [unit_of([]), unit_of([A]), unit_of([])])] == [0, 1, 0]


def test_numbers_stay_with_keys_and_new_ones_come_from_the_free(con, tmp_path):
    import pyarrow.parquet as pq

    [old] = incident_keys(con, [unit_of([A, NO_ID, NO_ID])])
    pq.write_table(pa.table({"key": key_array(old), "id": pa.array([7, 8, 9], pa.int32())}), tmp_path / "old.parquet")
    rows = [NO_ID, ("id-2", "Drugs", None, None), A]
    keys = incident_keys(con, [unit_of([A], month="2024-02"), unit_of(rows)])
    numbers, free = incident_numbers(con, keys, [[], [str(tmp_path / "old.parquet")]], first_free=10)
    assert [each.tolist() for each in numbers] == [[10], [8, 11, 7]]
    assert free == 12


def test_rows_alike_in_everything_are_numbered_in_the_order_of_the_file(con):
    n = 5000
    rows = [NO_ID] * n
    expected = [
        hashlib.sha256(
            "\x1f".join(
                [
                    "row",
                    "police.uk",
                    "west-demoshire",
                    "2024-01",
                    "",
                    "Drugs",
                    "-1500000",
                    "52000000",
                    "On or near A",
                    "",
                    "",
                    str(nth),
                ]
            ).encode()
        ).hexdigest()
        for nth in range(1, n + 1)
    ]
    for _ in range(3):
        assert keys_of(con, unit_of(rows)) == [expected]
