"""Tokens for neighbourhood teams: made for a team that exists, listed and revoked."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from crimemap.errors import NotFoundError, ParameterError
from crimemap.tokens import Token, TokenStore
from crimemap.workspace import Workspace

__all__ = ["create_token", "list_tokens", "revoke_token"]


def create_token(workspace: Workspace, *, team: str, scopes: list[str], days: int) -> dict[str, Any]:
    """
    Make a token for a neighbourhood team.

    Parameters
    ----------
    team
        `FORCE/NEIGHBOURHOOD`, as in the addresses of the API.

    Returns
    -------
    dict
        What is known about the token, and `token`, which is not kept.

    Raises
    ------
    ParameterError
        If the team is not written so.
    NotFoundError
        If there is no such neighbourhood.
    """
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
    token, text = TokenStore(workspace).create(force=force, neighbourhood=neighbourhood, scopes=scopes, days=days)
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
    return _described(TokenStore(workspace.require()).revoke(identifier))


def _described(token: Token) -> dict[str, Any]:
    return asdict(token) | {"scopes": list(token.scopes), "status": token.status(datetime.now(UTC))}
