"""What is worked out before anybody asks for it, so that the first briefing after a start is as quick as the next."""

import logging
import threading
from datetime import UTC, datetime
from typing import Final

from crimemap.access.principal import TEAM_READ
from crimemap.access.tokens import TokenStore
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.errors import CrimemapError
from crimemap.jobs.briefings.hotspots import FORCES_KEPT, lay_cells
from crimemap.jobs.team_area import found_area
from crimemap.workspace import Workspace

__all__ = ["Warming"]

_LOG: Final = logging.getLogger("crimemap.briefings")


class Warming:
    """
    Lays the cells of the forces whose teams have tokens, in a thread of its own.

    Parameters
    ----------
    workspace
        The workspace.
    signed_in
        Whether teams also sign in by an identity provider, so that every force of the workspace is expected.
    """

    def __init__(self, workspace: Workspace, *, signed_in: bool) -> None:
        self._workspace, self._signed_in = workspace, signed_in
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it is done."""
        self._thread.join(seconds)

    def close(self) -> None:
        """Begin no further force, and wait for the one that is being laid."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for force, neighbourhood in self._teams()[:FORCES_KEPT]:
                if self._stopping.is_set():
                    return
                area = found_area(self._workspace, force=force, area_type="neighbourhood", area_code=neighbourhood)
                lay_cells(self._workspace, area)
        except CrimemapError:  # a workspace without incidents or boundaries: there is nothing to work out
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, briefings work it out when they are asked for
            _LOG.warning("Briefings were not prepared (%s).", type(error).__name__)

    def _teams(self) -> list[tuple[str, str]]:
        """Give a team of each force that is expected, the forces of tokens first."""
        now = datetime.now(UTC)
        found: dict[str, str] = {}
        for token in TokenStore(self._workspace).list():
            if token.neighbourhood and token.status(now) == "active" and token.principal().may(TEAM_READ):
                found.setdefault(token.force, token.neighbourhood)
        if self._signed_in:
            store = NeighbourhoodStore(self._workspace)
            for force in store.forces():
                for one in store.neighbourhoods(force)[:1]:
                    found.setdefault(force, str(one["id"]))
        return list(found.items())
