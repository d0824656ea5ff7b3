"""
The workspace: one directory that holds everything private, and the releases made from it.

::

    workspace/
      incidents/        Delta tables: incidents, outcomes, stops, loads, quarantine
      places/           distinct coordinates, their cells and the areas they lie in
      areas/            boundary sets (GeoParquet) and what is known about them
      lookups/          child to parent, population and households
      neighbourhoods/   teams, priorities, events, contact details
      downloads/        what `crimemap fetch` brought
      releases/         what the public may see; the public process is given this folder and no other

Every folder but `releases/` is readable by its owner alone.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from crimemap.errors import ConflictError, NotFoundError, ParameterError

__all__ = ["Workspace"]

#: What the tables under `incidents/` do not find again in the name of a folder.
_UNUSABLE = re.compile(r"[\[\]\\%|^\x00-\x1f\x7f]")

_PRIVATE = ("incidents", "places", "areas", "lookups", "neighbourhoods", "downloads")


class Workspace:
    """
    The folders of one workspace.

    Parameters
    ----------
    root
        The workspace directory. It is made when something is first written.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).expanduser().absolute()

    def __repr__(self) -> str:
        """Name the workspace."""
        return f"Workspace({str(self.root)!r})"

    @property
    def incidents(self) -> Path:
        """Delta tables of incidents, outcomes, stops, loads and quarantined rows."""
        return self.root / "incidents"

    @property
    def places(self) -> Path:
        """Distinct coordinates with their cells and areas."""
        return self.root / "places"

    @property
    def areas(self) -> Path:
        """Boundary sets."""
        return self.root / "areas"

    @property
    def lookups(self) -> Path:
        """Child to parent tables, population and households."""
        return self.root / "lookups"

    @property
    def neighbourhoods(self) -> Path:
        """Teams, priorities, events and contact details, a folder for each force."""
        return self.root / "neighbourhoods"

    @property
    def downloads(self) -> Path:
        """What `crimemap fetch` brought."""
        return self.root / "downloads"

    @property
    def releases(self) -> Path:
        """What the public may see."""
        return self.root / "releases"

    def create(self) -> "Workspace":
        """
        Make the folders that are not there yet; the private ones are for the owner alone.

        Raises
        ------
        ParameterError
            If there can be no workspace at this path.
        """
        if _UNUSABLE.search(self.root.as_posix()):
            raise ParameterError(
                "the path of a workspace cannot hold [ ] \\ % | ^ or control characters",
                where=str(self.root),
                fix="Name another directory with --workspace.",
            )
        if not self.root.is_dir() and any(path.exists() and not path.is_dir() for path in (self.root, *self.root.parents)):
            raise ParameterError(
                "this is, or lies in, a file and not a directory",
                where=str(self.root),
                fix="Name another directory with --workspace.",
            )
        self.root.mkdir(parents=True, exist_ok=True)
        for name in _PRIVATE:
            (self.root / name).mkdir(mode=0o700, exist_ok=True)
        self.releases.mkdir(mode=0o755, exist_ok=True)
        return self

    def require(self) -> "Workspace":
        """
        Insist that the workspace is there.

        Raises
        ------
        NotFoundError
            If there is no such directory.
        """
        if not self.root.is_dir():
            raise NotFoundError(
                "there is no workspace here",
                where=str(self.root),
                fix="Ingest an archive or add boundaries first, or name another one with --workspace.",
            )
        return self

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Keep every other writer out while the block runs. The lock goes with the process, however it ends.

        Raises
        ------
        ConflictError
            If another process is writing.
        """
        self.create()
        lock = FileLock(self.root / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise ConflictError(
                "another crimemap command is writing to this workspace",
                where=str(self.root),
                fix="Wait until it has finished and run this again.",
            ) from None
        try:
            yield
        finally:
            lock.release()
