"""Tokens of a force's own identity provider: taken only when everything about them is right."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.identity import IdentityProvider, fetched_keys
from crimemap.access.principal import Principal
from crimemap.errors import FetchError

ISSUER, AUDIENCE = "https://id.police.example", "crimemap"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def _jwk(name: str, key: Any, algorithm: str) -> dict[str, Any]:
    writer = ECAlgorithm if algorithm.startswith("ES") else RSAAlgorithm
    return json.loads(writer.to_jwk(key.public_key())) | {"kid": name, "use": "sig", "alg": algorithm}


KEYS = {"keys": [_jwk("one", KEY, "RS256"), _jwk("curve", CURVE, "ES256")]}


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "officer-1",
        "iat": now,
        "exp": now + 600,
        "scope": "openid team:read crimemap:team:write",
        "crimemap_team": "northmarch/NM01",
        "crimemap_areas": ["csp/E22000001"],
    } | changed
    return {name: value for name, value in made.items() if value is not None}


def _token(
    claims: dict[str, Any] | None = None, *, key: Any = KEY, kid: str | None = "one", algorithm: str = "RS256"
) -> str:
    return jwt.encode(claims or _claims(), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def provider() -> IdentityProvider:
    return IdentityProvider(issuer=ISSUER, audience=AUDIENCE, keys=lambda: KEYS)


@pytest.mark.parametrize(("key", "kid", "algorithm"), [(KEY, "one", "RS256"), (CURVE, "curve", "ES256")])
def test_a_good_token_says_who_may_do_what_where(provider: IdentityProvider, key: Any, kid: str, algorithm: str) -> None:
    found = provider.verify(_token(key=key, kid=kid, algorithm=algorithm))
    assert isinstance(found, Principal)
    assert found.name == "oidc:officer-1"
    assert found.scopes == ("team:read", "team:write")
    assert (found.force, found.neighbourhood) == ("northmarch", "NM01")
    assert found.may_see("csp", "E22000001")
    assert not found.may_see("csp", "E22000002")


#: Made when it is tested: a token of before may have run out by then, and be refused for that.
BAD = {
    "expired": lambda: {"exp": int(time.time()) - 120},
    "not yet": lambda: {"nbf": int(time.time()) + 600},
    "another issuer": lambda: {"iss": "https://evil.example"},
    "another audience": lambda: {"aud": "payroll"},
    "no subject": lambda: {"sub": None},
    "no end": lambda: {"exp": None},
    "no scope of ours": lambda: {"scope": "openid profile"},
    "a team's scope without a team": lambda: {"crimemap_team": None},
    "a team that is none": lambda: {"crimemap_team": "northmarch"},
    "an area of another kind": lambda: {"crimemap_areas": ["lad/E07000001"]},
    "scopes that are no text": lambda: {"scope": 7},
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_a_token_that_is_wrong_in_anything_opens_nothing(provider: IdentityProvider, what: str) -> None:
    assert provider.verify(_token(_claims(**BAD[what]()))) is None


def test_a_signature_by_anybody_else_or_by_nobody_opens_nothing(provider: IdentityProvider) -> None:
    public = str(KEYS["keys"][0]["n"])
    forged = [
        _token(key=OTHER),
        _token(kid="unknown"),
        _token(kid=None),
        jwt.encode(_claims(), None, algorithm="none", headers={"kid": "one"}),
        jwt.encode(_claims(), public.encode(), algorithm="HS256", headers={"kid": "one"}),
        _token()[:-4] + "AAAA",
        "a.b.c",
        "..",
    ]
    assert [provider.verify(text) for text in forged] == [None] * len(forged)


def test_an_unknown_key_is_asked_for_again_but_not_at_every_request() -> None:
    asked, clock = [], [0.0]
    known: dict[str, Any] = {"keys": KEYS["keys"][:1]}

    def keys() -> dict[str, Any]:
        asked.append(clock[0])
        return known

    provider = IdentityProvider(issuer=ISSUER, audience=AUDIENCE, keys=keys, clock=lambda: clock[0])
    assert provider.verify(_token()) is not None
    known = KEYS
    rotated = _token(key=CURVE, kid="curve", algorithm="ES256")
    for moment, good in ((1.0, False), (2.0, False), (31.0, True), (32.0, True)):
        clock[0] = moment
        assert (provider.verify(rotated) is not None) is good
    assert asked == [0.0, 31.0]


def test_keys_that_were_had_stay_good_while_the_provider_is_away() -> None:
    clock, away = [0.0], [False]

    def keys() -> dict[str, Any]:
        if away[0]:
            raise FetchError("away")
        return KEYS

    provider = IdentityProvider(issuer=ISSUER, audience=AUDIENCE, keys=keys, clock=lambda: clock[0])
    assert provider.verify(_token()) is not None
    away[0], clock[0] = True, 3600.0
    assert provider.verify(_token()) is not None
    cold = IdentityProvider(issuer=ISSUER, audience=AUDIENCE, keys=keys)
    assert cold.verify(_token()) is None


@pytest.fixture
def served() -> Iterator[str]:
    """A provider's web server, with a discovery document."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"http://127.0.0.1:{self.server.server_port}"
            documents = {"/.well-known/openid-configuration": {"jwks_uri": f"{base}/keys"}, "/keys": KEYS, "/list": []}
            if self.path == "/far":
                self.send_response(302)
                self.send_header("Location", f"{base}/keys")
                self.end_headers()
                return
            body = json.dumps(documents.get(self.path, {})).encode()
            self.send_response(200 if self.path in documents else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_found_from_the_discovery_document(served: str) -> None:
    assert fetched_keys(f"{served}/.well-known/openid-configuration") == KEYS
    assert fetched_keys(f"{served}/keys") == KEYS


@pytest.mark.parametrize("path", ["/nothing", "/far"])
def test_keys_that_cannot_be_had_are_an_error_that_says_which_setting(served: str, path: str) -> None:
    with pytest.raises(FetchError, match="CRIMEMAP_OIDC_KEYS"):
        fetched_keys(served + path)


def test_keys_are_not_fetched_over_an_open_line() -> None:
    with pytest.raises(FetchError):
        fetched_keys("http://id.police.example/keys")
