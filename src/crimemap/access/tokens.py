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
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crimemap.access.principal import Principal, read_areas, read_scopes
from crimemap.errors import NotFoundError, ParameterError
from crimemap.workspace import Workspace

__all__ = ["MOST_DAYS", "MOST_OVERLAP_DAYS", "Token", "TokenStore"]

MOST_DAYS: Final = 366
#: How long an old token may stay good beside the one that takes its place.
MOST_OVERLAP_DAYS: Final = 30
_TOKEN: Final = re.compile(r"crimemap_([0-9a-f]{12})_([A-Za-z0-9_-]{43})\Z", re.ASCII)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS tokens (
        id TEXT PRIMARY KEY, digest BLOB NOT NULL, force TEXT NOT NULL, neighbourhood TEXT NOT NULL, scopes TEXT NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT)"""
_LONGEST_LABEL: Final = 80
#: Columns that came later, and what an older row has in them.
_LATER: Final = {"areas": "''", "label": "''", "replaces": "''"}
#: Of a token and all that were replaced on the way to it, the one that replaced none.
_LINEAGE: Final = """
    WITH RECURSIVE chain (id) AS (
        SELECT ? UNION SELECT tokens.replaces FROM tokens JOIN chain USING (id) WHERE tokens.replaces != '')
    SELECT chain.id FROM chain LEFT JOIN tokens USING (id) WHERE coalesce(tokens.replaces, '') = ''"""
_COLUMNS: Final = "id, force, neighbourhood, scopes, created_at, expires_at, revoked_at, areas, label, replaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """
    What is known about a token; not the token.

    Attributes
    ----------
    replaces
        The token whose place it took, if any.
    lineage
        The first token of those that took each other's place; its own id where it took none's.
    """

    id: str
    force: str
    neighbourhood: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str
    revoked_at: str | None
    areas: tuple[tuple[str, str], ...] = ()
    label: str = ""
    replaces: str = ""
    lineage: str

    def status(self, now: datetime) -> str:
        """Say whether it is `active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < datetime.fromisoformat(self.expires_at) else "expired"

    def principal(self) -> Principal:
        """Give who its bearer is."""
        return Principal(
            name=f"token:{self.id}",
            scopes=self.scopes,
            force=self.force,
            neighbourhood=self.neighbourhood,
            areas=self.areas,
            expires_at=self.expires_at,
            lineage=f"token:{self.lineage}",
        )


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
        self,
        *,
        scopes: Sequence[str],
        days: int,
        force: str = "",
        neighbourhood: str = "",
        areas: Sequence[str] = (),
        label: str = "",
        now: datetime | None = None,
    ) -> tuple[Token, str]:
        """
        Make a token, and give it this one time.

        Parameters
        ----------
        scopes
            What it may do.
        days
            How long it is good for.
        force, neighbourhood
            The team that it belongs to, if any.
        areas
            Areas that it may read beside the team's own: `csp/CODE` or `bcu/CODE`.
        label
            What it is for, in the owner's words.

        Raises
        ------
        ParameterError
            If a scope or area is unknown, or the time out of range.
        """
        if not 1 <= days <= MOST_DAYS:
            raise ParameterError(f"{days} days", where="--expires", fix=f"Use 1 to {MOST_DAYS} days.")
        if len(label) > _LONGEST_LABEL or not label.isprintable():
            raise ParameterError("this label is too long, or not one line", where="--label", fix="Use up to 80 characters.")
        made_at = now or datetime.now(UTC)
        identifier = secrets.token_hex(6)
        token = Token(
            id=identifier,
            lineage=identifier,
            force=force,
            neighbourhood=neighbourhood,
            scopes=read_scopes(tuple(scopes), team=bool(force and neighbourhood)),
            created_at=made_at.isoformat(timespec="seconds"),
            expires_at=(made_at + timedelta(days=days)).isoformat(timespec="seconds"),
            revoked_at=None,
            areas=read_areas(tuple(areas)),
            label=label,
        )
        return token, self._keep(token)

    def _keep(self, token: Token) -> str:
        secret = secrets.token_urlsafe(32)
        row = (
            token.id,
            token.force,
            token.neighbourhood,
            " ".join(token.scopes),
            token.created_at,
            token.expires_at,
            token.revoked_at,
            " ".join("/".join(area) for area in token.areas),
            token.label,
            token.replaces,
        )
        with self._open() as database:
            database.execute(
                f"INSERT INTO tokens ({_COLUMNS}, digest) VALUES ({', '.join('?' * (len(row) + 1))})",  # noqa: S608 - constants
                (*row, _digest(secret)),
            )
        return f"crimemap_{token.id}_{secret}"

    def rotate(self, identifier: str, *, days: int, overlap_days: int = 7, now: datetime | None = None) -> tuple[Token, str]:
        """
        Make a token that takes the place of another: the same rights, and the old one ends after an overlap.

        Parameters
        ----------
        days
            How long the new one is good for.
        overlap_days
            How long the old one stays good, unless it ends sooner by itself. 0 revokes it at once.

        Raises
        ------
        NotFoundError
            If there is no such token, or it is no longer good.
        ParameterError
            If a time is out of range.
        """
        moment = now or datetime.now(UTC)
        old = next((one for one in self.list() if one.id == identifier), None)
        if old is None or old.status(moment) != "active":
            raise NotFoundError(
                "there is no such token that is still good", where=identifier[:20], fix="See 'crimemap tokens list'."
            )
        if not 0 <= overlap_days <= MOST_OVERLAP_DAYS:
            raise ParameterError(f"{overlap_days} days", where="--overlap", fix=f"Use 0 to {MOST_OVERLAP_DAYS} days.")
        if not 1 <= days <= MOST_DAYS:
            raise ParameterError(f"{days} days", where="--expires", fix=f"Use 1 to {MOST_DAYS} days.")
        made = replace(
            old,
            id=secrets.token_hex(6),
            created_at=moment.isoformat(timespec="seconds"),
            expires_at=(moment + timedelta(days=days)).isoformat(timespec="seconds"),
            replaces=old.id,
        )
        text = self._keep(made)
        end = min((moment + timedelta(days=overlap_days)).isoformat(timespec="seconds"), old.expires_at)
        with self._open() as database:
            database.execute("UPDATE tokens SET expires_at = ? WHERE id = ?", (end, old.id))
        return made, text

    def list(self) -> list[Token]:
        """List every token, the newest first."""
        if not self._path.is_file():
            return []
        with self._open() as database:
            rows = database.execute(f"SELECT {_COLUMNS} FROM tokens ORDER BY created_at DESC, id")  # noqa: S608 - a constant
            return [_token(row, _lineage(database, row[0])) for row in rows.fetchall()]

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
            lineage = _lineage(database, found[1])
        same = hmac.compare_digest(_digest(found[2]), row[-1] if row else bytes(32))
        if row is None or not same:
            return None
        token = _token(row[:-1], lineage)
        return token if token.status(now or datetime.now(UTC)) == "active" else None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.is_file():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.execute(_TABLE)
            there = {row[1] for row in database.execute("PRAGMA table_info(tokens)")}
            for name in sorted(_LATER.keys() - there):
                database.execute(f"ALTER TABLE tokens ADD COLUMN {name} TEXT NOT NULL DEFAULT {_LATER[name]}")
            yield database


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _lineage(database: sqlite3.Connection, identifier: str) -> str:
    (first,) = database.execute(_LINEAGE, (identifier,)).fetchone()
    return str(first)


def _token(row: Sequence[str | None], lineage: str) -> Token:
    identifier, force, neighbourhood, scopes, created_at, expires_at, revoked_at, areas, label, replaces = row
    return Token(
        id=str(identifier),
        force=str(force),
        neighbourhood=str(neighbourhood),
        scopes=tuple(str(scopes).split()),
        created_at=str(created_at),
        expires_at=str(expires_at),
        revoked_at=revoked_at,
        areas=read_areas(tuple(str(areas).split())),
        label=str(label),
        replaces=str(replaces),
        lineage=lineage,
    )
