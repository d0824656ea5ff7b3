"""Tokens of the partner application: made for a team that exists or for people of none, rotated, listed and revoked."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from crimemap.access.audit_log import Access, AuditLog
from crimemap.access.tokens import Token, TokenStore
from crimemap.errors import NotFoundError, ParameterError
from crimemap.workspace import Workspace

__all__ = ["create_token", "list_tokens", "read_audit", "revoke_token", "rotate_token", "verify_audit"]


def create_token(
    workspace: Workspace,
    *,
    scopes: Sequence[str],
    days: int,
    team: str = "",
    areas: Sequence[str] = (),
    label: str = "",
) -> dict[str, Any]:
    """
    Make a token.

    Parameters
    ----------
    team
        `FORCE/NEIGHBOURHOOD`, as in the addresses of the API; empty for analysts, planners and administrators.
    areas
        Areas that a team may read beside its own: `csp/CODE` or `bcu/CODE`.

    Returns
    -------
    dict
        What is known about the token, and `token`, which is not kept.

    Raises
    ------
    ParameterError
        If the team or an area is not written so, or areas are granted to no team.
    NotFoundError
        If there is no such neighbourhood or area.
    """
    force, neighbourhood = _team(workspace, team) if team else ("", "")
    if areas and not team:
        raise ParameterError("areas are granted to a team", where="--area", fix="Name the team with --team.")
    _known_areas(workspace, areas)
    token, text = TokenStore(workspace.require()).create(
        force=force, neighbourhood=neighbourhood, scopes=scopes, days=days, areas=areas, label=label
    )
    _written(workspace, "tokens create", token)
    return _described(token) | {"token": text}


def _team(workspace: Workspace, team: str) -> tuple[str, str]:
    from crimemap.areas.neighbourhoods import NeighbourhoodStore

    force, slash, neighbourhood = team.partition("/")
    if not (force and slash and neighbourhood):
        raise ParameterError("this is not FORCE/NEIGHBOURHOOD", where="--team", fix="For example: leicestershire/NC04.")
    known = {one["id"] for one in NeighbourhoodStore(workspace.require()).neighbourhoods(force)}
    if neighbourhood not in known:
        raise NotFoundError(
            f"{force} has no such neighbourhood ({len(known)} are known)",
            where="--team",
            fix="See 'crimemap neighbourhoods list'.",
        )
    return force, neighbourhood


def _known_areas(workspace: Workspace, areas: Sequence[str]) -> None:
    from crimemap.areas.store import AreaStore

    store = AreaStore(workspace)
    for text in areas:
        area_type, _, code = text.partition("/")
        sets = [info for info in store.sets() if info.area_type == area_type]
        if not any(code in store.read(info.set_id).frame.index for info in sets):
            raise NotFoundError(
                f"no boundary set of the workspace has it ({len(sets)} of that type)",
                where=text[:60],
                fix="See 'crimemap areas list'.",
            )


def rotate_token(workspace: Workspace, identifier: str, *, days: int, overlap_days: int) -> dict[str, Any]:
    """
    Make a token that takes the place of another, which stays good for an overlap.

    Raises
    ------
    NotFoundError
        If there is no such token that is still good.
    ParameterError
        If a time is out of range.
    """
    token, text = TokenStore(workspace.require()).rotate(identifier, days=days, overlap_days=overlap_days)
    _written(workspace, "tokens rotate", token)
    return _described(token) | {"token": text}


def list_tokens(workspace: Workspace) -> dict[str, Any]:
    """List the tokens of a workspace, the newest first."""
    return {"tokens": [_described(token) for token in TokenStore(workspace.require()).list()]}


def revoke_token(workspace: Workspace, identifier: str) -> dict[str, Any]:
    """
    Revoke a token by its id.

    Raises
    ------
    NotFoundError
        If there is no such token.
    """
    token = TokenStore(workspace.require()).revoke(identifier)
    _written(workspace, "tokens revoke", token)
    return _described(token)


def read_audit(
    workspace: Workspace, *, who: str | None, since: str | None, until: str | None, area_code: str | None, limit: int
) -> dict[str, Any]:
    """List accesses to the private side, the newest first."""
    rows = AuditLog(workspace.require()).read(who=who, since=since, until=until, area_code=area_code, limit=limit)
    return {"accesses": rows}


def verify_audit(workspace: Workspace) -> dict[str, Any]:
    """Say whether the audit log is whole, and where it is not."""
    broken = AuditLog(workspace.require()).verify()
    return {"whole": broken is None, "first_broken": broken}


def _written(workspace: Workspace, action: str, token: Token) -> None:
    """Write down that a token was made or ended: rights are part of who may see what."""
    AuditLog(workspace).write(
        Access(
            who="command line",
            action=action,
            status=0,
            force=token.force,
            area_type="neighbourhood" if token.neighbourhood else "",
            area_code=token.neighbourhood,
            purpose=f"token {token.id}",
        )
    )


def _described(token: Token) -> dict[str, Any]:
    return asdict(token) | {
        "scopes": list(token.scopes),
        "areas": ["/".join(area) for area in token.areas],
        "status": token.status(datetime.now(UTC)),
    }
