"""Webhooks go to public hosts by https and nowhere else, are signed, and take no longer than they may."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crimemap.access.webhook_post import Answer, new_secret, post_webhook, signed_headers
from crimemap.access.webhook_url import addresses_of, is_public, read_internal_hosts, read_webhook_url
from crimemap.errors import ParameterError
from tests.access.hooks import HOST, Receiver, ask_to_wait, drip, hang_up, many_headers, pour, receiver, redirect_to


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiver(tmp_path_factory.mktemp("hooks")) as made:
        yield made


def send(hooks: Receiver, *, seconds: float = 5.0, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Answer:
    return post_webhook(
        read_webhook_url(hooks.url, internal=hooks.allowed),
        body,
        headers or {},
        seconds=seconds,
        resolve=hooks.resolve,
        internal=hooks.allowed,
        context=hooks.trusted,
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "hooks.example.org",
        "https:///path",
        "https://",
        "https://user:secret@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://hooks.example.org#@127.0.0.1/",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://017700000001/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://localhost/",
        "https://metadata/",
        "https://hooks.example.org:22/",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:8001/",
        "https://hooks.example.org/\r\nHost: other",
        "https://hooks.example.org/ x",
        "https://hooks_example.org/",
        "https://-hooks.example.org/",
        "https://hooks..example.org/",
        "https://hööks.example.org/",
        "https://hooks.example.org/" + "x" * 400,
        "",
    ],
)
def test_what_is_no_https_address_of_a_named_host_is_refused(url: str) -> None:
    with pytest.raises(ParameterError):
        read_webhook_url(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://hooks.example.org", "hooks.example.org", 443, "/"),
        ("HTTPS://Hooks.Example.ORG.:8443/a/b?c=d", "hooks.example.org", 8443, "/a/b?c=d"),
        ("https://xn--hks-sna.example.org/", "xn--hks-sna.example.org", 443, "/"),
    ],
)
def test_an_address_is_read_into_its_parts(url: str, host: str, port: int, target: str) -> None:
    found = read_webhook_url(url)
    assert (found.host, found.port, found.target) == (host, port, target)
    assert read_webhook_url(str(found)) == found


TEXT = """
0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1
192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1
::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1
2001:10::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 3fff::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 5f00::1
no.address
"""
LOCAL = TEXT.split()


@pytest.mark.parametrize("address", LOCAL)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(ParameterError):
        addresses_of(read_webhook_url("https://hooks.example.org/"), resolve=lambda _host, _port: [address])


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4009::1"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_no_way_of_writing_an_address_of_ipv4_in_ipv6_is_let_through(number: int) -> None:
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    for form in (f"::ffff:{high}:{low}", f"::{high}:{low}", f"2002:{high}:{low}::1", f"64:ff9b::{high}:{low}"):
        assert not is_public(form)


def test_a_host_with_one_local_address_among_public_ones_is_refused() -> None:
    url = read_webhook_url("https://hooks.example.org/")
    with pytest.raises(ParameterError):
        addresses_of(url, resolve=lambda _host, _port: ["93.184.216.34", "10.0.0.1"])


def test_a_local_host_is_not_connected_to_unless_an_operator_names_it_with_its_port(hooks: Receiver) -> None:
    url, before = read_webhook_url(hooks.url, internal=hooks.allowed), len(hooks.got)
    answer = post_webhook(url, b"{}", {}, resolve=hooks.resolve, context=hooks.trusted)
    assert (answer.status, answer.reason) == (0, "this host has an address that is not of the public Internet")
    other = frozenset({(HOST, hooks.port + 1)})
    assert not post_webhook(url, b"{}", {}, resolve=hooks.resolve, internal=other, context=hooks.trusted).taken
    assert len(hooks.got) == before
    assert send(hooks).taken


def test_a_name_is_looked_up_once_so_that_it_cannot_change_between_judging_and_connecting(hooks: Receiver) -> None:
    asked = []

    def turns(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    answer = post_webhook(
        read_webhook_url(hooks.url, internal=hooks.allowed), b"{}", {}, resolve=turns, internal=hooks.allowed,
        context=hooks.trusted,
    )  # fmt: skip
    assert answer.taken
    assert asked == [HOST]


def test_the_host_keeps_its_name_in_tls_and_http(hooks: Receiver) -> None:
    assert send(hooks, body=b'{"a":1}', headers={"webhook-id": "msg_1"}) == Answer(status=204, reason="")
    path, headers, body = hooks.got[-1]
    assert (path, body) == ("/in?key=open-sesame", b'{"a":1}')
    assert headers["Host"] == f"{HOST}:{hooks.port}"
    assert headers["webhook-id"] == "msg_1"
    assert headers["Content-Type"] == "application/json"


def test_a_certificate_of_another_host_or_of_nobody_that_is_trusted_is_refused(hooks: Receiver, tmp_path: Path) -> None:
    before = len(hooks.got)
    url = read_webhook_url(hooks.url, internal=hooks.allowed)
    untrusted = post_webhook(url, b"{}", {}, resolve=hooks.resolve, internal=hooks.allowed)
    assert untrusted.reason == "the certificate is not good for the host"
    with receiver(tmp_path, "other.force.test") as other:
        address = read_webhook_url(f"https://{HOST}:{other.port}/", internal=frozenset({(HOST, None)}))
        wrong = post_webhook(
            address, b"{}", {}, resolve=hooks.resolve, internal=frozenset({(HOST, None)}), context=other.trusted
        )
        assert wrong.reason == "the certificate is not good for the host"
        assert other.got == []
    assert len(hooks.got) == before


def test_a_redirect_is_not_followed(hooks: Receiver) -> None:
    before = len(hooks.got)
    hooks.answers.append(redirect_to(f"https://{HOST}:{hooks.port}/elsewhere"))
    assert send(hooks) == Answer(status=307, reason="redirected, which is not followed")
    assert len(hooks.got) == before + 1


@pytest.mark.parametrize("behaviour", [drip, lambda _handler: time.sleep(4)])
def test_whoever_answers_slowly_is_left_when_the_time_is_over(hooks: Receiver, behaviour: Callable[..., None]) -> None:
    hooks.answers.append(behaviour)
    started = time.monotonic()
    answer = send(hooks, seconds=0.6)
    assert (answer.status, answer.reason) == (0, "no answer in time")
    assert time.monotonic() - started < 2.0


def test_a_look_up_that_hangs_is_left_too(hooks: Receiver) -> None:
    started = time.monotonic()
    answer = post_webhook(
        read_webhook_url("https://hooks.example.org/"), b"{}", {}, seconds=0.3, resolve=lambda *_: time.sleep(1.5) or []
    )
    assert answer.reason == "looking up the host took too long"
    assert time.monotonic() - started < 1.0


def test_a_body_without_end_is_not_read(hooks: Receiver) -> None:
    hooks.answers.append(pour)
    started = time.monotonic()
    assert send(hooks).taken
    assert time.monotonic() - started < 2.0


@pytest.mark.parametrize("behaviour", [many_headers, hang_up])
def test_what_is_no_answer_is_told_in_our_words(hooks: Receiver, behaviour: Callable[..., None]) -> None:
    hooks.answers.append(behaviour)
    answer = send(hooks)
    assert answer.status == 0
    assert answer.reason in ("no answer that is HTTP", "no connection", "no connection by TLS")


def test_no_connection_and_no_address_are_told_apart(hooks: Receiver) -> None:
    def none(_host: str, _port: int) -> list[str]:
        raise OSError

    url = read_webhook_url(f"https://{HOST}:1/", internal=frozenset({(HOST, 1)}))
    assert post_webhook(url, b"", {}, resolve=hooks.resolve, internal=frozenset({(HOST, 1)})).reason == "no connection"
    assert post_webhook(url, b"", {}, resolve=none, internal=frozenset({(HOST, 1)})).reason == "the host has no address"


@pytest.mark.parametrize(
    ("said", "wait"), [("120", 120.0), ("999999", 21600.0), ("-5", 0.0), ("soon", 0.0), ("9" * 40, 0.0)]
)
def test_a_receiver_may_ask_to_be_left_alone_for_a_while(hooks: Receiver, said: str, wait: float) -> None:
    hooks.answers.append(ask_to_wait(said))
    answer = send(hooks)
    assert (answer.status, answer.reason, answer.wait_s) == (503, "answered 503", wait)


def test_a_signature_is_over_id_time_and_body_with_the_secret() -> None:
    secret, body = new_secret(), b'{"type":"incidents.changed"}'
    headers = signed_headers(secret, message_id="msg_1", body=body, now=1_700_000_000.9)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b"msg_1.1700000000." + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert len(key) == 32
    assert new_secret() != secret
    others = [
        signed_headers(secret, message_id="msg_2", body=body, now=1_700_000_000),
        signed_headers(secret, message_id="msg_1", body=body + b" ", now=1_700_000_000),
        signed_headers(secret, message_id="msg_1", body=body, now=1_700_000_001),
        signed_headers(new_secret(), message_id="msg_1", body=body, now=1_700_000_000),
    ]
    assert headers["webhook-signature"] not in {one["webhook-signature"] for one in others}


@pytest.mark.parametrize("text", ["http://hooks", "hooks:0", "hooks:x", "hooks:70000", "a b", "*"])
def test_internal_hosts_are_named_one_by_one(text: str) -> None:
    with pytest.raises(ParameterError):
        read_internal_hosts(text)
    assert read_internal_hosts(" a.test:8443 , B ") == {("a.test", 8443), ("b", None)}
