"""
What neighbourhood teams wrote: documents whose versions are only ever added.

A version is a draft, published, or withdrawn. Whoever changes a document says which version they saw, so that nobody
overwrites what they have not read. What is public is the latest published version, unless the document was withdrawn
after it: a draft on top of it changes nothing until it is published.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from crimemap.areas.team_fields import checked_text
from crimemap.errors import ConflictError, NotFoundError
from crimemap.workspace import Workspace

__all__ = [
    "DRAFT",
    "PUBLISHED",
    "TAKEN_OVER",
    "WITHDRAWN",
    "StaleVersionError",
    "TeamTexts",
    "TextVersion",
    "teams_that_wrote",
]

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
WITHDRAWN: Final = "withdrawn"
#: The action of a first version that is a copy of what the force gave.
TAKEN_OVER: Final = "taken over"
_MOST_DOCUMENTS: Final = 200
_MOST_VERSIONS: Final = 500
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS versions (
    force TEXT NOT NULL, neighbourhood TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (force, neighbourhood, kind, id, version));
CREATE TRIGGER IF NOT EXISTS versions_stay BEFORE DELETE ON versions BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS versions_are_kept BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""
_COLUMNS: Final = "kind, id, version, at, who, action, state, content"


class StaleVersionError(ConflictError):
    """Somebody changed the document since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """One version of one document; `action` says how it came about: created, edited, published, withdrawn, restored N."""

    kind: str
    id: str
    version: int
    at: str
    who: str
    action: str
    state: str
    content: dict[str, str]

    @property
    def tag(self) -> str:
        """Give the version's entity tag, without quotes."""
        return f"{self.id}.{self.version}"


class TeamTexts:
    """
    The texts of one team, in a file of the workspace that its owner alone can read.

    Parameters
    ----------
    workspace
        The workspace.
    force, neighbourhood
        The team.
    """

    def __init__(self, workspace: Workspace, *, force: str, neighbourhood: str) -> None:
        self._path = workspace.root / "teams" / "texts.sqlite"
        self._team = (force, neighbourhood)

    def latest(self, kind: str) -> list[TextVersion]:
        """Give the latest version of each document of a kind, oldest document first, withdrawn ones among them."""
        newest: dict[str, TextVersion] = {}
        for one in self._versions(kind):
            newest[one.id] = one
        return list(newest.values())

    def public(self, kind: str) -> dict[str, TextVersion | None]:
        """Give what the public may see of each document that was ever public, by id; None where it was withdrawn."""
        shown: dict[str, TextVersion | None] = {}
        for one in self._versions(kind):
            if one.state == PUBLISHED:
                shown[one.id] = one
            elif one.state == WITHDRAWN:
                shown[one.id] = None
        return shown

    def history(self, kind: str, identifier: str) -> list[TextVersion]:
        """
        Give every version of a document, the oldest first.

        Raises
        ------
        NotFoundError
            If the team has no such document.
        """
        found = [one for one in self._versions(kind) if one.id == identifier]
        if not found:
            raise NotFoundError("this team has no such text", where=kind)
        return found

    def get(self, kind: str, identifier: str) -> TextVersion:
        """Give a document's latest version; raises as `history` does."""
        return self.history(kind, identifier)[-1]

    def create(self, kind: str, given: Mapping[str, Any], *, who: str, identifier: str = "") -> TextVersion:
        """
        Write a new draft.

        Raises
        ------
        TeamTextError
            If a field cannot be taken.
        ConflictError
            If the team has too many texts of this kind, or one of this name.
        """
        content = checked_text(kind, given)
        with self._open() as database:
            here = self._select(database, kind)
            if len({one.id for one in here}) >= _MOST_DOCUMENTS:
                raise ConflictError(
                    f"the team has {_MOST_DOCUMENTS} of these already, withdrawn ones among them", where=kind
                )
            name = identifier or secrets.token_hex(8)
            if any(one.id == name for one in here):
                raise StaleVersionError("somebody wrote this since it was read", where=kind, fix="Read it again.")
            return self._add(database, _made(kind, name, 1, who=who, action="created", state=DRAFT, content=content))

    def take_over(self, kind: str, identifier: str, content: Mapping[str, str], *, who: str) -> TextVersion:
        """Keep what the force gave as a first, public version, so that it can be changed and come back to."""
        with self._open() as database:
            here = [one for one in self._select(database, kind) if one.id == identifier]
            return (
                here[-1]
                if here
                else self._add(
                    database, _made(kind, identifier, 1, who=who, action=TAKEN_OVER, state=PUBLISHED, content=content)
                )
            )

    def edit(self, kind: str, identifier: str, given: Mapping[str, Any], *, who: str, seen: str) -> TextVersion:
        """Write a document anew, as a draft; `seen` is the tag of the version that was read. Raises as `create` does."""
        content = checked_text(kind, given)
        return self._next(kind, identifier, who=who, seen=seen, action="edited", state=DRAFT, content=content)

    def publish(self, kind: str, identifier: str, *, who: str, seen: str) -> TextVersion:
        """Make the latest version public; nothing is added where it is so already."""
        return self._next(kind, identifier, who=who, seen=seen, action="published", state=PUBLISHED)

    def withdraw(self, kind: str, identifier: str, *, who: str, seen: str) -> TextVersion:
        """Take a document back; its history stays."""
        return self._next(kind, identifier, who=who, seen=seen, action="withdrawn", state=WITHDRAWN)

    def undo(self, kind: str, identifier: str, *, who: str, seen: str, version: int | None = None) -> TextVersion:
        """
        Write an earlier version again as a new draft: the one before the latest, or the one named.

        Raises
        ------
        NotFoundError
            If there is no such version.
        StaleVersionError
            If `seen` is not the latest.
        """
        versions = self.history(kind, identifier)
        wanted = len(versions) - 1 if version is None else version
        if not 1 <= wanted <= len(versions):
            raise NotFoundError(
                "there is no earlier version" if version is None else "there is no such version", where="version"
            )
        return self._next(
            kind,
            identifier,
            who=who,
            seen=seen,
            action=f"restored {wanted}",
            state=DRAFT,
            content=versions[wanted - 1].content,
        )

    def _next(
        self,
        kind: str,
        identifier: str,
        *,
        who: str,
        seen: str,
        action: str,
        state: str,
        content: Mapping[str, str] | None = None,
    ) -> TextVersion:
        with self._open() as database:
            here = [one for one in self._select(database, kind) if one.id == identifier]
            if not here:
                raise NotFoundError("this team has no such text", where=kind)
            last = here[-1]
            if seen not in {last.tag, "*"}:
                raise StaleVersionError("somebody changed this since it was read", where=kind, fix="Read it again.")
            if content is None and last.state == state:
                return last
            if last.version >= _MOST_VERSIONS:
                raise ConflictError(f"this text has {_MOST_VERSIONS} versions", where=kind, fix="Write a new one.")
            kept = last.content if content is None else content
            return self._add(
                database, _made(kind, identifier, last.version + 1, who=who, action=action, state=state, content=kept)
            )

    def _add(self, database: sqlite3.Connection, one: TextVersion) -> TextVersion:
        content = json.dumps(one.content, ensure_ascii=False)
        row = (one.kind, one.id, one.version, one.at, one.who, one.action, one.state, content)
        database.execute(
            f"INSERT INTO versions (force, neighbourhood, {_COLUMNS}) VALUES ({', '.join('?' * 10)})",  # noqa: S608 - constants
            (*self._team, *row),
        )
        return one

    def _versions(self, kind: str) -> list[TextVersion]:
        if not self._path.is_file():
            return []
        with self._open() as database:
            return self._select(database, kind)

    def _select(self, database: sqlite3.Connection, kind: str) -> list[TextVersion]:
        rows = database.execute(
            f"SELECT {_COLUMNS} FROM versions WHERE force = ? AND neighbourhood = ? AND kind = ? ORDER BY rowid",  # noqa: S608 - constants
            (*self._team, kind),
        )
        return [_version(row) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which no other writer can come between."""
        if not self._path.is_file():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as database:
            database.executescript(_TABLES)
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")


def teams_that_wrote(workspace: Workspace) -> set[tuple[str, str]]:
    """Give force and neighbourhood of every team that ever wrote a text."""
    path = workspace.root / "teams" / "texts.sqlite"
    if not path.is_file():
        return set()
    with closing(sqlite3.connect(path, timeout=10)) as database:
        database.executescript(_TABLES)
        rows = database.execute("SELECT DISTINCT force, neighbourhood FROM versions").fetchall()
    return {(str(force), str(neighbourhood)) for force, neighbourhood in rows}


def _made(
    kind: str, identifier: str, version: int, *, who: str, action: str, state: str, content: Mapping[str, str]
) -> TextVersion:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return TextVersion(
        kind=kind, id=identifier, version=version, at=at, who=who, action=action, state=state, content=dict(content)
    )


def _version(row: Sequence[Any]) -> TextVersion:
    kind, identifier, version, at, who, action, state, content = row
    return TextVersion(
        kind=kind, id=identifier, version=version, at=at, who=who, action=action, state=state, content=json.loads(content)
    )
