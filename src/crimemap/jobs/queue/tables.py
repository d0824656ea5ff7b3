"""The tables of jobs, and how their database is opened."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, IntegrityError

from crimemap.errors import ParameterError
from crimemap.jobs.queue.job import JobRecord, ResultFile

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

__all__ = [
    "JOBS",
    "LINES",
    "OWNERS",
    "JobTables",
    "add_line",
    "hold_owner",
    "kept_until",
    "microseconds",
    "moment",
    "record_of",
]

_DAY: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES: Final = MetaData()
#: Moments are microseconds since 1970: the same in every database, and in order.
JOBS: Final = Table(
    "jobs",
    _TABLES,
    Column("id", String(36), primary_key=True),
    Column("process_id", String(60), nullable=False),
    Column("inputs", Text, nullable=False),
    Column("formats", Text, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("status", String(12), nullable=False),
    Column("progress", Integer, nullable=False, default=0),
    Column("message", String(200), nullable=False, default=""),
    Column("created", BigInteger, nullable=False),
    Column("started", BigInteger),
    Column("finished", BigInteger),
    Column("updated", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),
    Column("reason", Text, nullable=False, default=""),
    Column("results", Text, nullable=False, default="[]"),
    Column("days_kept", Float, nullable=False),
    Column("worker", String(80), nullable=False, default=""),
    Column("leased_until", BigInteger),
    Index("jobs_by_status", "status", "owner", "created"),
    Index("jobs_by_owner", "owner", "created"),
)
#: When a worker last took a job of each owner.
OWNERS: Final = Table(
    "owners", _TABLES, Column("owner", String(200), primary_key=True), Column("served", BigInteger, nullable=False)
)
LINES: Final = Table(
    "lines",
    _TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("job_id", String(36), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("line", String(400), nullable=False),
)


class JobTables:
    """
    The database of jobs: a file that its owner alone can read, or another database.

    Parameters
    ----------
    folder
        Where the file is; made when something is first written.
    url
        Another database, as SQLAlchemy names it; empty for the file.
    prepare
        Is given the tables once, before anything else is done with them.

    Raises
    ------
    ParameterError
        If the URL is not one that SQLAlchemy reads.
    """

    def __init__(self, folder: Path, url: str = "", *, prepare: Callable[[Connection], None] | None = None) -> None:
        self._file = None if url else folder / "jobs.sqlite"
        try:
            self._engine = _engine(url or f"sqlite:///{self._file}")
        except (ArgumentError, ImportError):
            raise ParameterError(
                "this is no database that can be used",
                where="CRIMEMAP_JOBS_DATABASE",
                fix="Write it as SQLAlchemy does (postgresql+psycopg://...) and install its driver, or leave it out.",
            ) from None
        self._made = False
        self._prepare = prepare

    def there(self) -> bool:
        """Say whether anything was ever written."""
        return self._file is None or self._file.is_file()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for reading; the database must be there."""
        self._make()
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that alone may write until the block has ended."""
        self._make()
        with self._turn(), self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """
        Wait for a turn to write, the first who came first.

        Without this SQLite lets whoever happens to ask at the right moment, and one who is unlucky can lose a lease.
        """
        if self._file is None or fcntl is None:
            yield
            return
        with self._file.with_suffix(".lock").open("w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _make(self) -> None:
        if self._made and (self._file is None or self._file.is_file()):
            return
        if self._file is not None and not self._file.is_file():
            self._engine.dispose()
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
        with self._turn(), self._engine.execution_options(writes=True).begin() as connection:
            _TABLES.create_all(connection)
            if self._prepare is not None:
                self._prepare(connection)
        self._made = True


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _opened(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so, and nowhere else
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def microseconds(at: datetime) -> int:
    """
    Give a moment as the tables hold it.

    Examples
    --------
    >>> moment(microseconds(datetime(2025, 1, 2, 3, 4, 5, 6, tzinfo=UTC))).isoformat()
    '2025-01-02T03:04:05.000006+00:00'
    """
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Give the moment that the tables hold."""
    return _EPOCH + timedelta(microseconds=at)


def record_of(row: Row[Any]) -> JobRecord:
    """Read a row of `JOBS`."""
    held = row._mapping  # noqa: SLF001 - public in all but its name
    times: dict[str, Any] = {
        name: None if held[name] is None else moment(held[name])
        for name in ("created", "started", "finished", "updated", "expires")
    }
    plain = {
        name: held[name] for name in ("id", "process_id", "owner", "status", "progress", "message", "attempts", "reason")
    }
    return JobRecord(
        inputs=json.loads(held["inputs"]),
        formats=tuple(json.loads(held["formats"])),
        results=tuple(ResultFile(**one) for one in json.loads(held["results"])),
        **plain,
        **times,
    )


def add_line(connection: Connection, job_id: str, at: int, line: str) -> None:
    """Write a line into a job's log."""
    connection.execute(insert(LINES).values(job_id=job_id, at=at, line=line[:400]))


def kept_until(connection: Connection, job_id: str, at: int) -> int:
    """Say until when a job is kept that finished at a moment."""
    days = connection.scalars(select(JOBS.c.days_kept).where(JOBS.c.id == job_id)).one()
    return at + int(days * _DAY)


def hold_owner(connection: Connection, owner: str) -> None:
    """Keep others from counting this owner's jobs until the transaction has ended, where the database is not a file."""
    held = select(OWNERS.c.owner).where(OWNERS.c.owner == owner).with_for_update()
    if connection.execute(held).first() is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(OWNERS).values(owner=owner, served=0))
        except IntegrityError:  # another process was faster
            connection.execute(held)
