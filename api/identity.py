"""
OpenID Connect: bearer tokens of a force's own identity provider.

A token is a JWT that the provider signed. Its keys come from the address that was configured, never from one that a token
names; its issuer, audience, times and algorithm are checked; what its bearer may do comes from its claims.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import jwt
from jwt import PyJWKSet

from crimemap.access.principal import SCOPES, Principal, read_areas, read_scopes
from crimemap.errors import FetchError, ParameterError

__all__ = ["IdentityProvider", "fetched_keys"]

#: Signatures by a key pair only: a secret that we share could sign for anybody.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KEYS_LAST_S: Final = 600.0
#: An unknown key makes us ask again, but not more often than this.
_ASK_AGAIN_S: Final = 30.0
_LEEWAY_S: Final = 30
_LARGEST_KEYS: Final = 256 * 1024
_LONGEST_NAME: Final = 120


def fetched_keys(address: str) -> dict[str, Any]:
    """
    Fetch a provider's public keys (JWKS), or find them from its discovery document.

    Raises
    ------
    FetchError
        If they cannot be had.
    """
    try:
        with httpx.Client(timeout=5.0, follow_redirects=False) as client:
            document = _document(client, address)
            if "keys" not in document and isinstance(document.get("jwks_uri"), str):
                document = _document(client, document["jwks_uri"])
    except (httpx.HTTPError, ValueError) as error:
        raise FetchError("the identity provider's keys cannot be fetched", fix="See CRIMEMAP_OIDC_KEYS.") from error
    return document


def _document(client: httpx.Client, address: str) -> dict[str, Any]:
    if not address.startswith("https://") and not address.startswith(("http://127.0.0.1:", "http://localhost:")):
        raise ValueError(address)
    answer = client.get(address)
    answer.raise_for_status()
    if len(answer.content) > _LARGEST_KEYS:
        raise ValueError(address)
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError(address)
    return found


class IdentityProvider:
    """
    Reads the tokens of one provider.

    Parameters
    ----------
    issuer, audience
        What a token must say of who made it and for whom.
    keys
        Gives the provider's keys (JWKS).
    team_claim
        The claim that holds a bearer's team as FORCE/NEIGHBOURHOOD.
    areas_claim
        The claim that lists areas granted beside it.
    clock
        Gives seconds that never go back.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: Callable[[], dict[str, Any]],
        team_claim: str = "crimemap_team",
        areas_claim: str = "crimemap_areas",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._fetch = keys
        self._team_claim = team_claim
        self._areas_claim = areas_claim
        self._clock = clock
        self._keys: PyJWKSet | None = None
        self._asked_at = -1e18
        self._lock = threading.Lock()

    def verify(self, text: str) -> Principal | None:
        """Give who a token speaks for; nobody if it is not good in any respect."""
        try:
            header = jwt.get_unverified_header(text)
            key = self._key(str(header.get("kid") or ""))
            if key is None or header.get("alg") not in _ALGORITHMS:
                return None
            claims = jwt.decode(
                text,
                key,
                algorithms=[str(header["alg"])],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
            return self._principal(claims)
        except (jwt.PyJWTError, FetchError, ParameterError, TypeError, ValueError):
            return None

    def _principal(self, claims: dict[str, Any]) -> Principal:
        said = claims.get("scope", claims.get("scp", ""))
        words = said.split() if isinstance(said, str) else [str(one) for one in said]
        ours = [word.removeprefix("crimemap:") for word in words]
        force, _, neighbourhood = str(claims.get(self._team_claim) or "").partition("/")
        team = bool(force and neighbourhood)
        areas = claims.get(self._areas_claim) or []
        listed = areas.split() if isinstance(areas, str) else [str(one) for one in areas]
        return Principal(
            name=f"oidc:{str(claims['sub'])[:_LONGEST_NAME]}",
            scopes=read_scopes([one for one in ours if one in SCOPES and (team or not one.startswith("team:"))], team=team),
            force=force if team else "",
            neighbourhood=neighbourhood,
            areas=read_areas(listed) if team else (),
            expires_at=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(int(claims["exp"]))),
        )

    def _key(self, name: str) -> Any:
        with self._lock:
            now = self._clock()
            found = self._named(name)
            stale = now - self._asked_at > _KEYS_LAST_S
            if stale or (found is None and now - self._asked_at > _ASK_AGAIN_S):
                self._asked_at = now
                try:
                    self._keys = PyJWKSet.from_dict(self._fetch())
                except (FetchError, jwt.PyJWTError):
                    if self._keys is None:
                        raise
                found = self._named(name)
            return found

    def _named(self, name: str) -> Any:
        keys = [] if self._keys is None else self._keys.keys
        if not name and len(keys) == 1:
            return keys[0]
        return next((one for one in keys if name and one.key_id == name), None)
