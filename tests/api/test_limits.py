"""How often one client may ask."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits import LeakyBuckets
from api.public import create_app
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import InventedRelease


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_thirty_at_once_then_fifteen_a_second() -> None:
    clock = Clock()
    buckets = LeakyBuckets(per_second=15, burst=30, clock=clock)
    assert [buckets.wait_seconds("192.0.2.1") for _ in range(30)] == [0] * 30
    assert buckets.wait_seconds("192.0.2.1") == 1
    clock.now += 1.0
    assert [buckets.wait_seconds("192.0.2.1") for _ in range(16)] == [0] * 15 + [1]


def test_clients_do_not_share_a_bucket_but_one_ipv6_customer_has_only_one() -> None:
    buckets = LeakyBuckets(per_second=1, burst=1, clock=Clock())
    assert buckets.wait_seconds("192.0.2.1") == 0
    assert buckets.wait_seconds("192.0.2.2") == 0
    assert buckets.wait_seconds("::ffff:192.0.2.1") == 1
    assert buckets.wait_seconds("2001:db8::1") == 0
    assert buckets.wait_seconds("2001:db8::2") == 1
    assert buckets.wait_seconds("2001:db8:0:1::1") == 0


def test_exempt_networks_and_a_rate_of_zero_are_not_limited() -> None:
    buckets = LeakyBuckets(per_second=1, burst=1, exempt=[ip_network("10.0.0.0/8")], clock=Clock())
    assert {buckets.wait_seconds("10.1.2.3") for _ in range(100)} == {0}
    assert {LeakyBuckets(per_second=0, burst=1).wait_seconds("192.0.2.1") for _ in range(100)} == {0}


@given(st.lists(st.floats(0, 2), max_size=80), st.integers(1, 30), st.integers(1, 20))
def test_no_run_of_requests_exceeds_burst_plus_rate_times_time(gaps: list[float], burst: int, rate: int) -> None:
    clock = Clock()
    buckets = LeakyBuckets(per_second=rate, burst=burst, clock=clock)
    passed = 0
    for gap in gaps:
        clock.now += gap
        passed += buckets.wait_seconds("192.0.2.1") == 0
    assert passed <= burst + rate * sum(gaps) + 1e-6


@given(st.integers(1, 5), st.integers(1, 20))
def test_who_waits_as_long_as_told_may_ask_again(burst: int, rate: int) -> None:
    clock = Clock()
    buckets = LeakyBuckets(per_second=rate, burst=burst, clock=clock)
    while (wait := buckets.wait_seconds("192.0.2.1")) == 0:
        pass
    clock.now += wait
    assert buckets.wait_seconds("192.0.2.1") == 0


@pytest.fixture
def limited(invented: InventedRelease) -> InProcess:
    return InProcess(create_app(PublicSettings(releases=invented.releases), clock=Clock()))


def test_the_api_answers_429_with_whole_seconds_and_the_site_does_not(limited: InProcess) -> None:
    answers = [limited.get("/api/forces") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) == 1
    assert answers[-1].headers["access-control-allow-origin"] == "*"
    assert limited.get("/").status_code == 200
    assert limited.get("/v1/areas").status_code == 200
    limited.close()


def test_a_network_that_cannot_be_read_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        PublicSettings(releases=tmp_path, rate_limit_exempt="everybody")
