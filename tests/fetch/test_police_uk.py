import io
import json
import zipfile
from pathlib import Path

import pytest

from crimemap.errors import FetchError, NotFoundError, ParameterError, UnreadableFileError, UnsafeArchiveError
from crimemap.fetch.client import Client
from crimemap.fetch.police_uk import fetch_police_uk
from crimemap.periods import months_between
from tests.fetch.server import File, Mood, Redirect, Site
from tests.fetch.zips import KINDS, archive, months_up_to, noise, zipped

FORCES = ("avon-and-somerset", "south-wales", "sussex")
NEWEST = archive(months_up_to("2025-10", 36), FORCES, rows=60)


def publish(site: Site, store: Site, archives: dict[str, bytes], *, ranges: bool = True) -> str:
    """Publish as the original does: `latest.zip` and the dated ones redirect to another host."""
    for month, content in archives.items():
        store.paths[f"/archive/{month}.zip"] = File(content, ranges=ranges)
        site.paths[f"/data/archive/{month}.zip"] = Redirect(f"{store.url}/archive/{month}.zip")
    site.paths["/data/archive/latest.zip"] = Redirect(f"{store.url}/archive/{max(archives)}.zip")
    return f"{site.url}/data/archive/"


def fetch(client: Client, folder: Path, base: str, *, forces=("south-wales",), months=("2025-01", "2025-02"), kinds=KINDS):
    return fetch_police_uk(client, folder, forces=forces, months=months, kinds=kinds, base=base)


def test_just_the_members_asked_for_come(site, other_site, client, tmp_path):
    members = NEWEST | {f"{month}/{month}-kent-street.csv": noise(month, 300_000) for month in months_up_to("2025-10", 36)}
    base = publish(site, other_site, {"2025-10": zipped(members)})
    found = fetch(client, tmp_path, base)
    assert found.newest_archive == "2025-10"
    assert found.count("fetched") == len(found.files) == 6
    for file in found.files:
        name = f"{file.month}/{file.month}-south-wales-{file.kind}.csv"
        assert file.path == tmp_path / "2025-10" / name
        assert file.path.read_bytes() == members[name]
        assert file.size == len(members[name])
    assert found.folders == [tmp_path / "2025-10"]
    assert found.received_bytes < 2_000_000 < len(other_site.paths["/archive/2025-10.zip"].content)
    assert (site.connections, other_site.connections) == (1, 1)


def test_the_manifest_says_where_each_file_came_from(site, other_site, client, tmp_path):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    fetch(client, tmp_path, base)
    manifest = json.loads((tmp_path / "2025-10" / "manifest.json").read_text())
    assert manifest["archive_month"] == "2025-10"
    assert manifest["etag"] == other_site.paths["/archive/2025-10.zip"].tag()
    assert manifest["licence"] == "Open Government Licence v3.0"
    entry = manifest["files"]["2025-01/2025-01-south-wales-street.csv"]
    content = NEWEST["2025-01/2025-01-south-wales-street.csv"]
    assert entry["size"] == len(content)
    assert int(entry["crc32"], 16) == zipfile.crc32(content)


def test_what_is_here_already_is_not_fetched_again(site, other_site, client, tmp_path):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    first = fetch(client, tmp_path, base)
    broken, gone = first.files[0].path, first.files[1].path
    broken.write_bytes(broken.read_bytes()[:-1] + b"X")
    gone.unlink()
    second = fetch(client, tmp_path, base)
    assert (second.count("present"), second.count("fetched")) == (4, 2)
    assert broken.read_bytes() == NEWEST[f"2025-01/{broken.name}"]
    third = fetch(client, tmp_path, base)
    assert (third.count("present"), third.count("fetched")) == (6, 0)
    assert not list(tmp_path.rglob("*.part"))


def test_a_month_that_a_force_did_not_publish_is_no_data_and_no_error(site, other_site, client, tmp_path):
    members = {name: content for name, content in NEWEST.items() if name != "2025-02/2025-02-south-wales-outcomes.csv"}
    found = fetch(
        client,
        tmp_path,
        publish(site, other_site, {"2025-10": zipped(members)}),
        forces=("south-wales", "greater-manchester"),
    )
    none = {(file.force, file.month, file.kind) for file in found.files if file.status == "no_data"}
    assert ("south-wales", "2025-02", "outcomes") in none
    assert ("greater-manchester", "2025-01", "street") in none
    assert len(none) == 7
    assert all(file.path is None for file in found.files if file.status == "no_data")


def test_a_force_that_does_not_exist_is_refused_with_the_names_near_it(site, other_site, client, tmp_path):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    with pytest.raises(NotFoundError, match=r"there is no force 'south-whales'\. Did you mean .*south-wales"):
        fetch(client, tmp_path, base, forces=("south-whales",))
    assert not list(tmp_path.rglob("*.csv"))


def test_all_forces_can_be_asked_for(site, other_site, client, tmp_path):
    found = fetch(
        client, tmp_path, publish(site, other_site, {"2025-10": zipped(NEWEST)}), forces=("all",), kinds=("street",)
    )
    assert {file.force for file in found.files} == set(FORCES)
    assert found.count("fetched") == 6


def test_months_that_left_the_newest_archive_come_from_older_ones(site, other_site, client, tmp_path):
    old = archive(months_up_to("2022-12", 36), FORCES, kinds=("street",))
    base = publish(site, other_site, {"2025-10": zipped(NEWEST), "2022-12": zipped(old)})
    months = [*months_between("2020-01", "2020-03"), "2022-10", "2022-11"]
    found = fetch(client, tmp_path, base, months=months, kinds=("street",))
    assert {file.month: file.archive_month for file in found.files} == {
        "2020-01": "2022-12",
        "2020-02": "2022-12",
        "2022-10": "2022-12",
        "2022-11": "2025-10",
    }
    assert found.count("fetched") == 4
    assert found.folders == [tmp_path / "2022-12", tmp_path / "2025-10"]


def test_an_older_archive_that_is_gone_is_stepped_over(site, other_site, client, tmp_path):
    old = archive(months_up_to("2022-10", 36), FORCES, kinds=("street",))
    base = publish(site, other_site, {"2025-10": zipped(NEWEST), "2022-10": zipped(old)})
    found = fetch(client, tmp_path, base, months=["2020-01"], kinds=("street",))
    assert [file.archive_month for file in found.files] == ["2022-10"]
    assert [seen.status for seen in site.seen] == [302, 404, 404, 302]


def test_a_month_that_no_archive_holds_is_said_to_be_in_none(site, other_site, client, tmp_path):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    found = fetch(client, tmp_path, base, months=["2020-01", "2025-01", "2025-11"], kinds=("street",))
    assert {file.month: file.status for file in found.files} == {
        "2020-01": "not_published",
        "2025-01": "fetched",
        "2025-11": "not_published",
    }


def test_months_to_come_and_months_before_the_beginning_are_refused(site, other_site, client, tmp_path):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    with pytest.raises(NotFoundError, match="the newest month published is 2025-10"):
        fetch(client, tmp_path, base, months=["2026-01"])
    with pytest.raises(ParameterError, match=r"2009-01 lies before police.uk began"):
        fetch(client, tmp_path, base, months=["2009-01"])


def test_one_archive_can_be_named(site, client, tmp_path):
    site.paths["/mine.zip"] = File(zipped(NEWEST))
    found = fetch(client, tmp_path, f"{site.url}/mine.zip", months=["2019-01", "2025-01"], kinds=("street",))
    assert {file.month: file.status for file in found.files} == {"2019-01": "not_published", "2025-01": "fetched"}
    with pytest.raises(NotFoundError, match="the archive holds 2022-11 to 2025-10"):
        fetch(client, tmp_path, f"{site.url}/mine.zip", months=["2019-01"])


def test_a_server_without_ranges_gives_the_whole_archive_once(site, other_site, client, tmp_path, listener):
    content = zipped(NEWEST)
    base = publish(site, other_site, {"2025-10": content}, ranges=False)
    found = fetch(client, tmp_path, base)
    assert found.count("fetched") == 6
    assert "the whole archive" in listener.notes[0]
    assert (tmp_path / "archives" / "2025-10.zip").read_bytes() == content
    again = fetch(client, tmp_path, base, months=["2025-03"])
    assert again.count("fetched") == 3
    assert again.received_bytes == found.received_bytes == len(content), "the archive that is here serves"


def test_the_whole_archive_is_resumed_where_it_broke(site, other_site, client, tmp_path):
    content = zipped(NEWEST)
    base = publish(site, other_site, {"2025-10": content})
    whole = other_site.paths["/archive/2025-10.zip"]

    def no_parts_at_first(seen):
        if len(other_site.seen) == 1:
            return 200, {"ETag": whole.tag()}, content
        at = int(seen.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        headers = {"ETag": whole.tag(), "Content-Range": f"bytes {at}-{len(content) - 1}/{len(content)}"}
        return (206, headers, content[at:]) if at else (200, {"ETag": whole.tag()}, content)

    other_site.paths["/archive/2025-10.zip"] = no_parts_at_first
    other_site.moods += [Mood(), Mood(drop_after=20_000)]
    assert fetch(client, tmp_path, base).count("fetched") == 6
    assert [seen.headers.get("range") for seen in other_site.seen] == ["bytes=0-0", None, "bytes=20000-"]


def test_an_archive_that_changes_on_the_way_is_begun_again(site, other_site, client, tmp_path, listener):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    newer = {name: content + b"one more row\n" for name, content in NEWEST.items()}

    def change():
        other_site.paths["/archive/2025-10.zip"] = File(zipped(newer))

    big = Mood(before=change)
    other_site.moods += [Mood(), Mood(), big]
    members = {name: noise(name, 70_000) for name in NEWEST}
    other_site.paths["/archive/2025-10.zip"] = File(zipped(members))
    found = fetch(client, tmp_path, base)
    assert "the archive changed" in listener.notes[0]
    for file in found.files:
        assert file.path.read_bytes() == newer[f"{file.month}/{file.path.name}"]


def test_an_archive_that_never_stops_changing_ends_in_an_error(site, other_site, client, tmp_path):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    versions = iter(range(100))

    def change():
        other_site.paths["/archive/2025-10.zip"] = File(zipped(NEWEST), etag=f'"{next(versions)}"')

    other_site.moods += [Mood(before=change) for _ in range(100)]
    with pytest.raises(FetchError, match="changed while we read it"):
        fetch(client, tmp_path, base)


def test_bytes_damaged_on_the_way_are_asked_for_again(site, other_site, client, tmp_path):
    members = {name: noise(name, 70_000) for name in NEWEST}
    base = publish(site, other_site, {"2025-10": zipped(members)})
    other_site.moods += [Mood(), Mood(), Mood(flip=5000)]
    found = fetch(client, tmp_path, base)
    assert found.count("fetched") == 6
    for file in found.files:
        assert file.path.read_bytes() == members[f"{file.month}/{file.path.name}"]


def test_a_member_damaged_in_the_archive_is_left_out_and_said(site, other_site, client, tmp_path):
    content = bytearray(zipped(NEWEST))
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        info = opened.getinfo("2025-01/2025-01-south-wales-street.csv")
    content[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 0xFF
    base = publish(site, other_site, {"2025-10": bytes(content)})
    with pytest.raises(FetchError, match="1 of 6 files are damaged in the archive"):
        fetch(client, tmp_path, base)
    names = sorted(path.name for path in tmp_path.rglob("*.csv"))
    assert len(names) == 5
    assert "2025-01-south-wales-street.csv" not in names
    assert not list(tmp_path.rglob("*.part"))


def test_a_size_that_is_a_lie_is_noticed(site, other_site, client, tmp_path):
    content = zipped(NEWEST)
    name = b"2025-01/2025-01-south-wales-street.csv"
    directory = content.rindex(name) - 46
    changed = bytearray(content)
    size = int.from_bytes(content[directory + 24 : directory + 28], "little")
    changed[directory + 24 : directory + 28] = (size + 100).to_bytes(4, "little")
    base = publish(site, other_site, {"2025-10": bytes(changed)})
    with pytest.raises(FetchError, match="damaged in the archive"):
        fetch(client, tmp_path, base)


def test_zip64_archives_are_read(site, other_site, client, tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 50_000)
    content = zipped(NEWEST)
    monkeypatch.undo()
    assert b"PK\x06\x06" in content, "it has the ZIP64 end record"
    assert fetch(client, tmp_path, publish(site, other_site, {"2025-10": content})).count("fetched") == 6


@pytest.mark.parametrize(
    "content", [b"<html>Service unavailable</html>" * 100, zipped(NEWEST)[:50_000], b"PK\x05\x06" + b"\0" * 18]
)
def test_what_is_no_archive_is_refused(site, other_site, client, tmp_path, content):
    base = publish(site, other_site, {"2025-10": content})
    with pytest.raises(UnreadableFileError, match=r"not a zip archive|no police.uk files"):
        fetch(client, tmp_path, base)


def test_a_bomb_is_not_set_off(site, other_site, client, tmp_path):
    members = {"2025-01/2025-01-south-wales-street.csv": b"0" * 5_000_000}
    base = publish(site, other_site, {"2025-10": zipped(members)})
    with pytest.raises(UnsafeArchiveError, match="would expand from"):
        fetch(client, tmp_path, base, months=["2025-01"])
    assert not list(tmp_path.rglob("*.csv"))


def test_names_in_the_archive_never_become_paths(site, other_site, client, tmp_path):
    members = NEWEST | {
        "../../../2025-01-evil-street.csv": b"x",
        "/etc/2025-01-worse-street.csv": b"x",
        "2025-01/2025-01-..%2f..-street.csv": b"x",
    }
    folder = tmp_path / "a" / "b" / "c"
    found = fetch(
        client, folder, publish(site, other_site, {"2025-10": zipped(members)}), forces=("all",), months=["2025-01"]
    )
    outside = [path for path in tmp_path.rglob("*.csv") if folder not in path.parents]
    assert outside == []
    assert {file.force for file in found.files} >= {"evil", "worse"}, "they land where every file does"


def test_a_file_that_is_there_twice_is_refused(site, other_site, client, tmp_path):
    members = NEWEST | {"other/2025-01-south-wales-street.csv": b"Crime ID\n"}
    with pytest.raises(UnsafeArchiveError, match=r"holds 2025-01-south-wales-street.csv twice"):
        fetch(client, tmp_path, publish(site, other_site, {"2025-10": zipped(members)}))


def test_an_encrypted_member_is_refused(site, other_site, client, tmp_path):
    content = bytearray(zipped(NEWEST))
    directory = bytes(content).rindex(b"2025-01/2025-01-south-wales-street.csv") - 46
    content[directory + 8] |= 1
    with pytest.raises(UnsafeArchiveError, match="encrypted"):
        fetch(client, tmp_path, publish(site, other_site, {"2025-10": bytes(content)}))


def test_an_interrupted_fetch_keeps_what_is_whole_and_goes_on(site, other_site, tmp_path, fake_time):
    members = {name: noise(name, 70_000) for name in NEWEST}
    base = publish(site, other_site, {"2025-10": zipped(members)})

    def interrupt() -> None:
        raise KeyboardInterrupt

    class Impatient:
        def begin(self, what, total):
            self.left = 3

        def advance(self, amount):
            self.left -= 1
            if not self.left:
                interrupt()

        def note(self, text):
            raise AssertionError(text)

    with Client(clock=fake_time.clock(), watcher=Impatient()) as client, pytest.raises(KeyboardInterrupt):
        fetch(client, tmp_path, base)
    kept = sorted(path.relative_to(tmp_path / "2025-10").as_posix() for path in tmp_path.rglob("*.csv"))
    assert len(kept) == 3
    manifest = json.loads((tmp_path / "2025-10" / "manifest.json").read_text())
    assert set(manifest["files"]) <= set(kept)
    with Client(clock=fake_time.clock()) as client:
        found = fetch(client, tmp_path, base)
    assert (found.count("present"), found.count("fetched")) == (3, 3)


def test_a_busy_server_is_waited_for_in_the_middle(site, other_site, client, tmp_path, fake_time):
    base = publish(site, other_site, {"2025-10": zipped(NEWEST)})
    site.moods += [Mood(status=503)]
    other_site.moods += [Mood(), Mood(status=429, headers={"Retry-After": "3"}), Mood(drop_after=10)]
    assert fetch(client, tmp_path, base).count("fetched") == 6
    assert fake_time.slept == [1.0, 3.0, 2.0]


def test_the_address_of_a_copy_of_the_site_will_do(site, other_site, client, tmp_path):
    publish(site, other_site, {"2025-10": zipped(NEWEST)})
    assert fetch(client, tmp_path, site.url).count("fetched") == 6


def test_a_folder_without_latest_zip_is_searched_by_month(site, client, tmp_path):
    site.paths["/mirror/2024-12.zip"] = File(zipped(archive(months_up_to("2024-12", 12), FORCES)))
    found = fetch(client, tmp_path, f"{site.url}/mirror", months=["2023-06", "2024-03", "2024-04"], kinds=("street",))
    assert {file.month: file.status for file in found.files} == {
        "2023-06": "not_published",
        "2024-03": "fetched",
        "2024-04": "fetched",
    }
    assert found.newest_archive == "2024-12"
    assert len({seen.path for seen in site.seen}) > 2
    tried = [seen.path for seen in site.seen if seen.status == 404]
    assert len(tried) == len(set(tried)), "an archive that is not there is looked for once"


def test_a_folder_without_archives_is_said_to_have_none(site, client, tmp_path):
    with pytest.raises(NotFoundError, match="there is no archive that could hold 2025-01 to 2025-02"):
        fetch(client, tmp_path, f"{site.url}/empty/")


def test_an_archive_with_a_hole_gives_what_it_has_once(site, other_site, client, tmp_path):
    short = archive(months_up_to("2022-12", 12), FORCES, kinds=("street",))
    older = archive(months_up_to("2022-11", 36), FORCES, kinds=("street",))
    base = publish(site, other_site, {"2025-10": zipped(NEWEST), "2022-12": zipped(short), "2022-11": zipped(older)})
    found = fetch(client, tmp_path, base, months=["2020-01", "2022-10"], kinds=("street",))
    assert [(file.month, file.archive_month) for file in found.files] == [("2020-01", "2022-11"), ("2022-10", "2022-12")]
