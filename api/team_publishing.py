"""When what a team decided becomes public: with the next release, or at once in a release made from the active one."""

import logging
import time
from typing import Any, Final

from api.errors import happened
from api.team_writing import AT_ONCE
from crimemap.access.principal import Principal
from crimemap.errors import ConflictError, CrimemapError, ReleaseError
from crimemap.pipeline.release_patch import patch
from crimemap.workspace import Workspace

__all__ = ["made_public"]

_PATIENCE_S: Final = 5.0
_BETWEEN_S: Final = 0.25
_LOG: Final = logging.getLogger("crimemap.api")


def made_public(workspace: Workspace, who: Principal, *, when: str) -> dict[str, Any]:
    """
    Make what a team says public at the time that was asked for.

    The team's decision is kept already, so nothing is lost where it cannot be done at once: it comes with the next release.

    Parameters
    ----------
    when
        `at_once` or `next_release`.

    Returns
    -------
    dict
        `status` (`next_release`; `released`; `waiting`, where a release is being built or none can be patched), `id` of the
        release that shows it, `detail` where it waits.
    """
    if when != AT_ONCE:
        return {"status": "next_release", "id": None, "detail": None}
    try:
        made = _patched(workspace, who)
    except ConflictError:
        return _waiting("another release is being made; ask again, or wait for the next release")
    except ReleaseError:
        return _waiting("the active release cannot be patched; it comes with the next one")
    except CrimemapError as error:
        _LOG.error("a team's words were not published at once: %s", happened(error))
        return _waiting("it could not be published at once; it comes with the next release, or tell the maintainers")
    return {"status": "released", "id": made["id"], "detail": None}


def _patched(workspace: Workspace, who: Principal) -> dict[str, Any]:
    """Patch, and wait a little for another team's patch; a whole build takes longer than anybody is kept waiting."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return patch(workspace, force=who.force, neighbourhood=who.neighbourhood)
        except ConflictError:
            if time.monotonic() >= until:
                raise
            time.sleep(_BETWEEN_S)


def _waiting(detail: str) -> dict[str, Any]:
    return {"status": "waiting", "id": None, "detail": detail}
