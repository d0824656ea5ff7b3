import io
import random

import pytest

from crimemap.errors import FetchError, UnsafeArchiveError
from crimemap.fetch.ranges import ChangedError, RangeFile, RemoteFile, Version, coalesce
from tests.fetch.server import File, Mood, Redirect
from tests.fetch.zips import noise

CONTENT = noise(1, 3_000_000)


def test_a_file_read_by_ranges_is_the_file(site, client):
    site.paths["/f"] = File(CONTENT)
    here, there = io.BytesIO(CONTENT), RangeFile(RemoteFile.find(client, f"{site.url}/f"))
    chance = random.Random(2)  # noqa: S311
    for _ in range(60):
        at, n = chance.randrange(len(CONTENT) + 10), chance.choice([1, 30, 5000, 300_000])
        assert here.seek(at) == there.seek(at)
        assert here.read(n) == there.read(n)
        assert here.tell() == there.tell()
    assert there.seek(-5, io.SEEK_END) == len(CONTENT) - 5
    assert there.read() == CONTENT[-5:]
    assert site.connections == 1


def test_only_the_planned_runs_are_fetched(site, client):
    site.paths["/f"] = File(CONTENT)
    file = RangeFile(RemoteFile.find(client, f"{site.url}/f"))
    before = client.received_bytes
    file.plan([(100_000, 150_000), (150_100, 200_000), (1_500_000, 1_500_500)])
    for start, end in [(100_000, 150_000), (150_100, 200_000), (1_500_000, 1_500_500)]:
        file.seek(start)
        assert file.read(end - start) == CONTENT[start:end]
    assert client.received_bytes - before == 100_500
    assert [seen.headers["range"] for seen in site.seen[-2:]] == ["bytes=100000-199999", "bytes=1500000-1500499"]


@pytest.mark.parametrize("mood", [Mood(drop_after=70_000), Mood(lie=10_000), Mood(status=503)])
def test_a_range_that_breaks_off_is_taken_up_where_it_broke(site, client, mood):
    site.paths["/f"] = File(CONTENT)
    remote = RemoteFile.find(client, f"{site.url}/f")
    site.moods += [mood]
    assert remote.read(1000, 201_000) == CONTENT[1000:201_000]
    resumed = site.seen[-1].headers["range"]
    assert resumed == ("bytes=71000-200999" if mood.drop_after else "bytes=1000-200999" if mood.status else resumed)


def test_a_file_that_changes_is_noticed(site, client):
    site.paths["/f"] = File(CONTENT)
    remote = RemoteFile.find(client, f"{site.url}/f")
    site.paths["/f"] = File(CONTENT[::-1])
    with pytest.raises(ChangedError, match="changed while we read it"):
        remote.read(0, 1000)
    assert site.seen[-1].headers["if-range"] == File(CONTENT).tag()


def test_a_change_is_noticed_where_the_server_overlooks_if_range(site, client):
    site.paths["/f"] = File(CONTENT, etag='W/"1"')
    remote = RemoteFile.find(client, f"{site.url}/f")
    site.paths["/f"] = File(CONTENT[::-1], etag='W/"2"')
    with pytest.raises(ChangedError):
        remote.read(0, 1000)


def test_an_address_with_a_signature_that_ran_out_is_asked_for_anew(site, other_site, client):
    other_site.paths["/1"] = other_site.paths["/2"] = File(CONTENT)
    site.paths["/f"] = Redirect(f"{other_site.url}/1")
    remote = RemoteFile.find(client, f"{site.url}/f")
    assert remote.read(0, 10) == CONTENT[:10]
    assert [seen.path for seen in site.seen] == ["/f"], "the address after redirects is kept"
    del other_site.paths["/1"]
    site.paths["/f"] = Redirect(f"{other_site.url}/2")
    assert remote.read(10, 20) == CONTENT[10:20]


def test_a_server_without_ranges_is_told_by_its_answer(site, client):
    site.paths["/f"] = File(CONTENT, ranges=False)
    remote = RemoteFile.find(client, f"{site.url}/f")
    assert not remote.ranged
    assert remote.version.size == len(CONTENT)
    assert client.received_bytes == 0, "the body was not read"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 5-9/100"},
        {"Content-Range": "bytes 9-5/100"},
        {"Content-Range": "bytes 0-9/*"},
        {"Content-Range": "nonsense"},
        {"Content-Type": "multipart/byteranges; boundary=x"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_a_part_that_is_not_the_one_asked_for_is_not_used(site, client, headers):
    site.paths["/f"] = lambda _: (206, {"Content-Range": "bytes 0-9/100"} | headers, b"0123456789")
    assert not RemoteFile.find(client, f"{site.url}/f").ranged
    remote = RemoteFile(
        client,
        f"{site.url}/f",
        resolved=f"{site.url}/f",
        version=Version(size=100, etag=None, last_modified=None),
        ranged=True,
    )
    with pytest.raises(FetchError, match="other bytes than were asked for"):
        remote.read(0, 10)


def test_a_server_that_sends_more_than_was_asked_for_is_cut_off(site, client):
    site.paths["/f"] = lambda _: (206, {"Content-Range": "bytes 0-2999999/3000000"}, CONTENT)
    assert RemoteFile.find(client, f"{site.url}/f").read(0, 100) == CONTENT[:100]


def test_a_server_that_caps_ranges_is_asked_for_the_rest(site, client):
    whole = File(CONTENT)

    def capped(seen):
        first, last = (int(x) for x in seen.headers["range"].removeprefix("bytes=").split("-"))
        last = min(last, first + 999)
        return 206, {"Content-Range": f"bytes {first}-{last}/{len(CONTENT)}", "ETag": whole.tag()}, CONTENT[first : last + 1]

    site.paths["/f"] = capped
    assert RemoteFile.find(client, f"{site.url}/f").read(0, 3500) == CONTENT[:3500]


@pytest.mark.parametrize(("content", "reason"), [(b"", "is empty")])
def test_an_empty_file_is_said_to_be_empty(site, client, content, reason):
    site.paths["/f"] = File(content)
    with pytest.raises(FetchError, match=reason):
        RemoteFile.find(client, f"{site.url}/f")


def test_a_file_of_petabytes_is_refused(site, client):
    site.paths["/f"] = lambda _: (206, {"Content-Range": "bytes 0-0/900000000000000"}, b"0")
    with pytest.raises(FetchError, match="more than we take"):
        RemoteFile.find(client, f"{site.url}/f")


def test_no_read_is_larger_than_memory_allows(site, client):
    site.paths["/f"] = File(CONTENT)
    file = RangeFile(RemoteFile.find(client, f"{site.url}/f"))
    with pytest.raises(UnsafeArchiveError, match="table of contents larger"):
        file.read(100_000_000)


def test_pieces_that_overlap_or_touch_are_one():
    assert coalesce([(0, 10), (10, 20), (15, 18), (30, 40)], gap=5) == [(0, 20), (30, 40)]
    assert coalesce([]) == []
