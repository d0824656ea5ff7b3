"""What an archive holds, and archives that would do harm."""

import struct
import zipfile

import pytest

from crimemap.errors import EmptyInputError, InputError, NotFoundError, UnreadableFileError, UnsafeArchiveError
from crimemap.incidents import zip_safety
from crimemap.incidents.archive import open_archives, parse_name
from tests.incidents.made import csv_text, folder_of, name_of, street_row, zip_of

TEXT = csv_text([street_row(1)])


def one(path, **options):
    [archive] = open_archives(path, **options)
    return archive


def test_zip_folder_and_file_hold_the_same_member(tmp_path):
    files = {name_of(): TEXT}
    zipped = one(zip_of(tmp_path / "a.zip", files))
    folder = one(folder_of(tmp_path / "b", files))
    single = one(tmp_path / "b" / name_of())
    for archive in (zipped, folder, single):
        [member] = archive.members
        assert (member.kind, member.force, member.month) == ("street", "west-demoshire", "2024-01")
        assert member.read() == TEXT.encode()
    assert len({archive.members[0].digest for archive in (zipped, folder, single)}) == 1


@pytest.mark.parametrize(
    ("name", "option", "month"),
    [("2024-06.zip", None, "2024-06"), ("some.zip", None, "2024-03"), ("2024-06.zip", "2025-01", "2025-01")],
)
def test_the_month_of_an_archive(tmp_path, name, option, month):
    files = {name_of("2024-01"): TEXT, name_of("2024-03"): csv_text([])}
    assert one(zip_of(tmp_path / name, files), archive_month=option).month == month


def test_a_folder_of_zips_is_several_archives(tmp_path):
    for month in ("2024-01", "2024-02"):
        zip_of(tmp_path / f"{month}.zip", {name_of(month): TEXT})
    assert [archive.month for archive in open_archives(tmp_path)] == ["2024-01", "2024-02"]


def test_other_files_and_nested_zips_are_ignored(tmp_path):
    files = {name_of(): TEXT, "README.txt": "hello", "nested.zip": b"PK\x05\x06" + bytes(18), "2024-01/notes.csv": "a,b\n"}
    archive = one(zip_of(tmp_path / "a.zip", files))
    assert len(archive.members) == 1
    assert sorted(archive.ignored) == ["2024-01/notes.csv", "README.txt", "nested.zip"]


def test_names_are_read_without_regard_to_case_and_separator():
    assert parse_name("2025-01\\2025-01-South-Wales-Street.CSV") == ("2025-01", "south-wales", "street")
    assert parse_name("2025-01-../../x-street.csv") is None


def test_nothing_there_and_nothing_in_it(tmp_path):
    with pytest.raises(NotFoundError, match="no such file or folder"):
        open_archives(tmp_path / "missing")
    with pytest.raises(EmptyInputError, match="holds no CSV file"):
        open_archives(folder_of(tmp_path / "empty", {"README.txt": "x"}))
    with pytest.raises(EmptyInputError, match="holds 1 CSV files, none named"):
        open_archives(folder_of(tmp_path / "other", {"x.csv": "x"}))
    with pytest.raises(EmptyInputError, match="1 other files"):
        open_archives(zip_of(tmp_path / "a.zip", {"x.csv": "x"}))
    with pytest.raises(UnreadableFileError, match="neither a zip nor a CSV"):
        open_archives(folder_of(tmp_path / "c", {"x.txt": "x"}) / "x.txt")
    with pytest.raises(InputError, match="neither the file's name nor its columns say which force and month"):
        open_archives(tmp_path / "other" / "x.csv")


def test_a_single_file_that_lost_its_name_says_force_and_month_in_its_rows(tmp_path):
    path = tmp_path / "download (1).csv"
    path.write_text(
        csv_text(
            [street_row(1, Reported_by="Devon & Cornwall Police"), street_row(2, Reported_by="Devon & Cornwall Police ")]
        )
    )
    [member] = one(path).members
    assert (member.kind, member.force, member.month) == ("street", "devon-and-cornwall", "2024-01")
    path.write_text(csv_text([street_row(1)]))
    with pytest.raises(InputError, match="'Reported by' names no force that is known"):
        open_archives(path)
    path.write_text(
        csv_text([street_row(1, Reported_by="Gwent Police"), street_row(1, Reported_by="Kent Police", Month="2024-02")])
    )
    with pytest.raises(InputError, match="its rows are of 2 months and 2 forces"):
        open_archives(path)


def test_a_month_13_in_a_name_and_two_files_of_one_month_are_refused(tmp_path):
    with pytest.raises(InputError, match="2024-13 in the file's name is not a month"):
        open_archives(zip_of(tmp_path / "a.zip", {"2024-13-demo-street.csv": TEXT}))
    with pytest.raises(InputError, match="two files hold street of demo in 2024-01"):
        open_archives(zip_of(tmp_path / "b.zip", {"x/2024-01-demo-street.csv": TEXT, "y/2024-01-demo-street.csv": TEXT}))


@pytest.mark.parametrize(
    "name",
    [
        "../2024-01-demo-street.csv",
        "/etc/2024-01-demo-street.csv",
        "C:\\2024-01-demo-street.csv",
        "a\\..\\..\\2024-01-demo-street.csv",
    ],
)
def test_a_path_that_leads_outside_is_refused(tmp_path, name):
    with pytest.raises(UnsafeArchiveError, match="leads outside the archive"):
        open_archives(zip_of(tmp_path / "a.zip", {name_of(): TEXT, name: TEXT}))


def test_a_link_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        info = zipfile.ZipInfo(name_of())
        info.external_attr = 0o120777 << 16
        opened.writestr(info, "/etc/passwd")
    with pytest.raises(UnsafeArchiveError, match="contains a link"):
        open_archives(tmp_path / "a.zip")


def test_a_bomb_is_refused_by_its_directory(tmp_path):
    bomb = zip_of(tmp_path / "a.zip", {name_of(): b"0" * (64 << 20)})
    assert bomb.stat().st_size < 1 << 17
    with pytest.raises(UnsafeArchiveError, match=r"would unpack from [\d,]+ to 67,108,864 bytes"):
        open_archives(bomb)


def test_many_small_bombs_are_refused_together(tmp_path):
    files = {name_of(f"20{n:02d}-01"): b"0" * (15 << 20) for n in range(10, 14)}
    with pytest.raises(UnsafeArchiveError, match="it would unpack from"):
        open_archives(zip_of(tmp_path / "a.zip", files))


def test_a_bomb_that_lies_about_its_size_is_never_unpacked_beyond_it(tmp_path):
    data = bytearray(zip_of(tmp_path / "a.zip", {name_of(): b"0" * (32 << 20)}).read_bytes())
    central = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, central + 24, 1000)
    (tmp_path / "a.zip").write_bytes(data)
    member = one(tmp_path / "a.zip").members[0]
    assert member.size == 1000
    with pytest.raises(UnreadableFileError, match="check sum is wrong"):
        member.read()


def test_files_that_overlap_are_refused(tmp_path):
    data = bytearray(zip_of(tmp_path / "a.zip", {name_of("2024-01"): TEXT * 9, name_of("2024-02"): TEXT * 9}).read_bytes())
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(UnsafeArchiveError, match="overlap"):
        open_archives(tmp_path / "a.zip")


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_zip_is_refused(tmp_path, kept):
    whole = zip_of(tmp_path / "a.zip", {name_of(f"2024-{n:02d}"): TEXT * n for n in range(1, 10)}).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UnreadableFileError, match="not a complete zip"):
        open_archives(tmp_path / "a.zip")


def test_damaged_bytes_in_a_member_are_seen_when_it_is_read(tmp_path):
    data = bytearray(zip_of(tmp_path / "a.zip", {name_of(): TEXT * 50}).read_bytes())
    data[len(data) // 3] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(UnreadableFileError, match=r"damaged|bytes"):
        one(tmp_path / "a.zip").members[0].read()


def test_an_encrypted_zip_is_refused(tmp_path):
    data = bytearray(zip_of(tmp_path / "a.zip", {name_of(): TEXT}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data[at] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(UnreadableFileError, match="is encrypted"):
        open_archives(tmp_path / "a.zip")


def test_too_many_entries_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_safety, "MAX_MEMBERS", 2)
    with pytest.raises(UnsafeArchiveError, match="has 3 entries"):
        open_archives(zip_of(tmp_path / "a.zip", {f"{n}.txt": "x" for n in range(3)}))


def test_any_single_damaged_byte_is_refused_or_harmless(tmp_path):
    whole = zip_of(tmp_path / "whole.zip", {name_of(): TEXT}).read_bytes()
    for at in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        path = tmp_path / "a.zip"
        path.write_bytes(damaged)
        try:
            read = [member.read() for archive in open_archives(path) for member in archive.members]
        except InputError:
            continue
        assert read == [TEXT.encode()], at
