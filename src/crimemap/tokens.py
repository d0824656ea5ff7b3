"""
Tokens of the partner application: made once, shown once, kept as hashes.

A token is `crimemap_<id>_<secret>`. The id finds the row; of the secret, 256 random bits, only the SHA-256 is kept, which
is as good as a slow hash where there is nothing to guess.
"""

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from crimemap.errors import NotFoundError, ParameterError
from crimemap.workspace import Workspace

__all__ = ["SCOPES", "TEAM_READ", "Token", "TokenStore"]

TEAM_READ: Final = "team:read"
SCOPES: Final = (TEAM_READ,)
_MOST_DAYS: Final = 366
_TOKEN: Final = re.compile(r"crimemap_([0-9a-f]{12})_([A-Za-z0-9_-]{43})\Z", re.ASCII)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS tokens (
        id TEXT PRIMARY KEY, digest BLOB NOT NULL, force TEXT NOT NULL, neighbourhood TEXT NOT NULL, scopes TEXT NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT)"""
_COLUMNS: Final = "id, force, neighbourhood, scopes, created_at, expires_at, revoked_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known about a token; not the token."""

    id: str
    force: str
    neighbourhood: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str
    revoked_at: str | None

    def status(self, now: datetime) -> str:
        """Say whether it is `active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < datetime.fromisoformat(self.expires_at) else "expired"


class TokenStore:
    """
    The tokens of a workspace, in a file that its owner alone can read.

    Parameters
    ----------
    workspace
        The workspace. It need not hold any token yet.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.root / "tokens" / "tokens.sqlite"

    def create(
        self, *, force: str, neighbourhood: str, scopes: Sequence[str], days: int, now: datetime | None = None
    ) -> tuple[Token, str]:
        """
        Make a token, and give it this one time.

        Parameters
        ----------
        force, neighbourhood
            Whose incidents it may read.
        scopes
            What it may do.
        days
            How long it is good for.

        Raises
        ------
        ParameterError
            If a scope is unknown or the time out of range.
        """
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise ParameterError(
                f"there is no scope {', '.join(unknown)[:80]}" if unknown else "a token needs a scope",
                where="--scope",
                fix=f"Use {', '.join(SCOPES)}.",
            )
        if not 1 <= days <= _MOST_DAYS:
            raise ParameterError(f"{days} days", where="--expires", fix=f"Use 1 to {_MOST_DAYS} days.")
        made_at = now or datetime.now(UTC)
        identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        token = Token(
            id=identifier,
            force=force,
            neighbourhood=neighbourhood,
            scopes=tuple(sorted(set(scopes))),
            created_at=made_at.isoformat(timespec="seconds"),
            expires_at=(made_at + timedelta(days=days)).isoformat(timespec="seconds"),
            revoked_at=None,
        )
        with self._open() as database:
            database.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    identifier,
                    _digest(secret),
                    force,
                    neighbourhood,
                    " ".join(token.scopes),
                    token.created_at,
                    token.expires_at,
                ),
            )
        return token, f"crimemap_{identifier}_{secret}"

    def list(self) -> list[Token]:
        """List every token, the newest first."""
        if not self._path.is_file():
            return []
        with self._open() as database:
            rows = database.execute(f"SELECT {_COLUMNS} FROM tokens ORDER BY created_at DESC, id")  # noqa: S608 - a constant
            return [_token(row) for row in rows]

    def revoke(self, identifier: str, *, now: datetime | None = None) -> Token:
        """
        Make a token worthless from now on.

        Raises
        ------
        NotFoundError
            If there is no such token.
        """
        moment = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        with self._open() as database:
            database.execute("UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (moment, identifier))
        for token in self.list():
            if token.id == identifier:
                return token
        raise NotFoundError("there is no such token", where=identifier[:20], fix="See 'crimemap tokens list'.")

    def verify(self, text: str, *, now: datetime | None = None) -> Token | None:
        """
        Give the token that a text is, if it is one and still good.

        The secret's hash is compared in constant time, and also where there is no such token.
        """
        found = _TOKEN.match(text)
        if found is None or not self._path.is_file():
            return None
        with self._open() as database:
            row = database.execute(
                f"SELECT {_COLUMNS}, digest FROM tokens WHERE id = ?",  # noqa: S608 - a constant
                (found[1],),
            ).fetchone()
        same = hmac.compare_digest(_digest(found[2]), row[-1] if row else bytes(32))
        if row is None or not same:
            return None
        token = _token(row[:-1])
        return token if token.status(now or datetime.now(UTC)) == "active" else None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.is_file():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.execute(_TABLE)
            yield database


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _token(row: Sequence[str | None]) -> Token:
    identifier, force, neighbourhood, scopes, created_at, expires_at, revoked_at = row
    return Token(
        id=str(identifier),
        force=str(force),
        neighbourhood=str(neighbourhood),
        scopes=tuple(str(scopes).split()),
        created_at=str(created_at),
        expires_at=str(expires_at),
        revoked_at=revoked_at,
    )
