import hashlib
import json

import pytest

from crimemap.errors import FetchError
from crimemap.fetch.client import Client
from crimemap.fetch.download import Expected, download
from tests.fetch.server import File, Mood
from tests.fetch.zips import noise

CONTENT = noise(3, 400_000)
CAP = Expected(cap=1_000_000)


def left_behind(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole(site, client, tmp_path, listener):
    site.paths["/f"] = File(CONTENT)
    version = download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert version.etag == File(CONTENT).tag()
    assert left_behind(tmp_path) == ["f"]
    assert listener.begun == [("Fetching f", 400_000)]
    assert listener.advanced == 400_000


def test_it_goes_on_where_the_connection_broke(site, client, tmp_path):
    site.paths["/f"] = File(CONTENT)
    site.moods += [Mood(drop_after=150_000), Mood(drop_after=100_000)]
    download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [seen.headers.get("range") for seen in site.seen] == [None, "bytes=150000-", "bytes=250000-"]
    assert client.received_bytes == 400_000


def test_another_run_goes_on_where_the_first_gave_up(site, client, tmp_path):
    site.paths["/f"] = File(CONTENT)
    site.moods += [Mood(drop_after=150_000)] + [Mood(status=503)] * 5
    with pytest.raises(FetchError, match="gave up"):
        download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert not (tmp_path / "f").exists()
    site.moods.clear()
    with Client() as another:
        download(another, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert client.received_bytes + another.received_bytes == 400_000


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_changed_in_between_begins_anew(site, client, tmp_path, ranges):
    site.paths["/f"] = File(CONTENT, ranges=ranges)

    def change():
        site.paths["/f"] = File(CONTENT[::-1], ranges=ranges)

    site.moods += [Mood(drop_after=150_000), Mood(before=change)]
    download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert (tmp_path / "f").read_bytes() == CONTENT[::-1]


def test_without_etag_or_date_nothing_is_pieced_together(site, client, tmp_path):
    site.paths["/f"] = File(CONTENT, validators=False)
    site.moods += [Mood(drop_after=150_000)]
    download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert all("range" not in seen.headers for seen in site.seen)


def test_a_beginning_of_another_address_is_not_continued(site, client, tmp_path):
    site.paths["/f"] = File(CONTENT)
    (tmp_path / "f.part").write_bytes(b"something else")
    (tmp_path / "f.part.json").write_text(json.dumps({"url": "http://other/", "size": 400_000, "etag": File(CONTENT).tag()}))
    download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_length_that_is_always_a_lie_ends_in_an_error_and_leaves_no_file(site, client, tmp_path):
    site.paths["/f"] = File(CONTENT)
    site.moods += [Mood(lie=5000) for _ in range(40)]
    with pytest.raises(FetchError, match="gave up after 6 tries: the connection broke before the end"):
        download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
    assert not (tmp_path / "f").exists()
    assert len(site.seen) < 40


def test_a_damaged_file_is_fetched_again_and_then_refused(site, client, tmp_path, listener):
    expected = Expected(cap=1_000_000, size=400_000, md5=hashlib.md5(CONTENT, usedforsecurity=False).hexdigest())
    site.paths["/f"] = File(CONTENT)
    site.moods += [Mood(flip=1000)]
    download(client, f"{site.url}/f", tmp_path / "f", expected=expected)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert "fetching it again" in listener.notes[0]
    site.moods += [Mood(flip=1000), Mood(flip=2000)]
    with pytest.raises(FetchError, match="damaged: its MD5 checksum is another"):
        download(client, f"{site.url}/f", tmp_path / "g", expected=expected)
    assert left_behind(tmp_path) == ["f"]


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        (Expected(cap=1000), "at most 1,000 are accepted"),
        (Expected(cap=1_000_000, size=399_999), "at most 399,999 are accepted"),
        (Expected(cap=1_000_000, size=400_001), "400,000 bytes instead of 400,001"),
    ],
)
def test_a_file_of_another_size_than_expected_is_refused(site, client, tmp_path, expected, reason):
    site.paths["/f"] = File(CONTENT)
    with pytest.raises(FetchError, match=reason):
        download(client, f"{site.url}/f", tmp_path / "f", expected=expected)
    assert not (tmp_path / "f").exists()


def test_a_full_disk_is_said_before_it_is_full(site, client, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 100_000}))
    site.paths["/f"] = File(CONTENT)
    with pytest.raises(FetchError, match=r"the disk has 0.0 GB left"):
        download(client, f"{site.url}/f", tmp_path / "f", expected=CAP)
