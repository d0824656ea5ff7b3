import pytest

from crimemap.errors import FetchError, ParameterError
from crimemap.fetch.addresses import after_redirect, require_web_address
from crimemap.fetch.client import Client, MissingError, TooLongError
from tests.fetch.server import File, Mood, Redirect


def test_it_says_who_it_is_and_uses_one_connection(site, client):
    site.paths["/a"] = File(b"hello")
    for _ in range(3):
        assert client.bytes(f"{site.url}/a", cap=10) == b"hello"
    assert site.connections == 1
    assert site.seen[0].headers["user-agent"].startswith("crimemap/")


def test_a_server_that_is_busy_is_asked_again_after_the_seconds_it_names(site, client, fake_time, listener):
    site.paths["/a"] = File(b"hello")
    site.moods += [Mood(status=429, headers={"Retry-After": "7"}), Mood(status=503)]
    assert client.bytes(f"{site.url}/a", cap=10) == b"hello"
    assert fake_time.slept == [7.0, 2.0]
    assert "429" in listener.notes[0]


def test_a_date_in_retry_after_is_waited_for(site, client, fake_time):
    site.paths["/a"] = File(b"hello")
    site.moods += [Mood(status=503, headers={"Retry-After": "Wed, 01 Jan 2025 12:01:30 GMT"})]
    client.bytes(f"{site.url}/a", cap=10)
    assert fake_time.slept == [90.0]


def test_a_server_that_wants_us_gone_for_an_hour_is_left_alone(site, client, fake_time):
    site.moods += [Mood(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(FetchError, match="stay away for 60 minutes"):
        client.bytes(f"{site.url}/a", cap=10)
    assert fake_time.slept == []


def test_tries_are_bounded_and_waits_double(site, client, fake_time):
    site.moods += [Mood(status=503)] * 20
    with pytest.raises(FetchError, match="gave up after 6 tries: the server answered 503"):
        client.bytes(f"{site.url}/a", cap=10)
    assert fake_time.slept == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert len(site.seen) == 6


@pytest.mark.parametrize("mood", [Mood(drop_after=3), Mood(lie=100)])
def test_a_body_that_breaks_off_is_asked_for_again(site, client, mood):
    site.paths["/a"] = File(b"hello world")
    site.moods += [mood]
    assert client.bytes(f"{site.url}/a", cap=100) == b"hello world"
    assert len(site.seen) == 2


def test_a_server_that_hangs_times_out_and_is_asked_again(site, fake_time, listener):
    site.paths["/a"] = File(b"hello")
    site.moods += [Mood(hang_s=0.6)]
    with Client(clock=fake_time.clock(), watcher=listener, read_timeout_s=0.2) as client:
        assert client.bytes(f"{site.url}/a", cap=10) == b"hello"
    assert listener.notes[0].startswith("the connection stalled")


def test_a_slow_connection_is_tolerated(site, client, fake_time):
    site.paths["/a"] = File(b"x" * 64_000)
    site.moods += [Mood(slow_s=0.01)]
    fake_time.drag = 2.0
    assert client.bytes(f"{site.url}/a", cap=100_000) == b"x" * 64_000
    assert len(site.seen) == 1


def test_a_connection_that_drips_is_a_stalled_one(site, client, fake_time, listener):
    site.paths["/a"] = File(b"x" * 80)
    site.moods += [Mood(slow_s=0.01)]
    fake_time.drag = 20.0
    assert client.bytes(f"{site.url}/a", cap=1000) == b"x" * 80
    assert "stalled" in listener.notes[0]


def test_an_answer_without_end_is_cut_off(site, client):
    site.paths["/a"] = File(b"x" * 1_000_000)
    with pytest.raises(TooLongError, match="longer than 1,000 bytes"):
        client.bytes(f"{site.url}/a", cap=1000)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_is_not_there_is_not_asked_for_twice(site, client, status):
    site.moods += [Mood(status=status)]
    with pytest.raises(MissingError, match="nothing there"):
        client.bytes(f"{site.url}/a", cap=10)
    assert len(site.seen) == 1


def test_redirects_are_followed_to_another_server(site, other_site, client):
    other_site.paths["/b"] = File(b"there")
    site.paths["/a"] = Redirect(f"{other_site.url}/b", 301)
    assert client.bytes(f"{site.url}/a", cap=10) == b"there"


def test_redirects_in_a_circle_end(site, client):
    site.paths["/a"] = Redirect("/a")
    with pytest.raises(FetchError, match="more than 5 redirects"):
        client.bytes(f"{site.url}/a", cap=10)
    assert len(site.seen) == 6


@pytest.mark.parametrize(
    ("start", "target", "reason"),
    [
        ("https://a.example/x", "http://a.example/y", "from https to plain http"),
        ("https://a.example/x", "file:///etc/passwd", "not a web address"),
        ("https://a.example/x", "ftp://a.example/y", "not a web address"),
        ("https://a.example/x", "https://user:pass@a.example/", "not a web address"),
        ("https://a.example/x", "https://127.0.0.1/y", "machine on this network"),
        ("https://a.example/x", "https://169.254.169.254/latest", "machine on this network"),
        ("https://a.example/x", "https://[::1]/y", "machine on this network"),
        ("https://a.example/x", "https://localhost/y", "machine on this network"),
    ],
)
def test_redirects_to_where_nobody_should_go_are_refused(start, target, reason):
    with pytest.raises(FetchError, match=reason):
        after_redirect(start, target)


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "file:///etc/passwd", "data.police.uk", "http://", "https://u:p@a/b", "http://a:b/c", "http://a /"]
)
def test_only_web_addresses_are_taken(url):
    with pytest.raises(ParameterError, match="address"):
        require_web_address(url)


def test_a_portal_page_instead_of_json_is_said_to_be_one(site, client):
    site.paths["/a"] = File(b"<html>Please log in</html>")
    with pytest.raises(FetchError, match="not JSON"):
        client.json(f"{site.url}/a", cap=1000)


@pytest.mark.parametrize("body", [b'{"a": NaN}', b"[" * 200_000])
def test_json_that_is_none_is_refused(site, client, body):
    site.paths["/a"] = File(body)
    with pytest.raises(FetchError, match="not JSON"):
        client.json(f"{site.url}/a", cap=1_000_000)


def test_a_server_that_is_not_there_is_said_to_be_unreachable(fake_time):
    with Client(clock=fake_time.clock()) as client, pytest.raises(FetchError, match="cannot be reached"):
        client.bytes("http://127.0.0.1:9/", cap=10)


def test_an_interrupt_is_not_swallowed(site, client):
    site.paths["/a"] = File(b"x")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    site.moods += [Mood(status=503)]
    object.__setattr__(client.clock, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        client.bytes(f"{site.url}/a", cap=10)
