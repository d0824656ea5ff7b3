"""`/v1/releases`: what is being served, and how it was made."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import release
from api.errors import UnknownError
from api.models_v1 import Release, Releases
from api.routes import json_answer
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes

__all__ = ["router"]

_MANIFEST = {
    "release_id": "20250301T120000Z-1a2b3c4d",
    "created_at": "2025-03-01T12:00:00Z",
    "first_month": "2022-03",
    "latest_month": "2025-02",
    "forces": ["leicestershire"],
    "sources": [{"archive": "2025-02.zip", "sha256": "9f86d081884c7d65", "rows": 120_345}],
    "files": {"site/index.html": {"size": 12_345, "sha256": "9f86d081884c7d65"}},
}
router = APIRouter(prefix="/v1/releases", tags=["releases"])

Held = Annotated[OpenedRelease, Depends(release)]


@router.get("", response_model=Releases, summary="Releases")
async def releases(held: Held) -> Response:
    """List what is public: the active release. One that is not active, or no longer, is not."""
    return json_answer(json_bytes({"releases": [_described(held)]}))


@router.get("/active", response_model=Release, summary="The active release")
async def active(held: Held) -> Response:
    """Give the release that every answer comes from."""
    return json_answer(json_bytes(_described(held)))


@router.get(
    "/{release_id}/manifest",
    response_model=dict[str, Any],
    summary="Manifest",
    responses={200: {"content": {"application/json": {"example": _MANIFEST}}}},
)
async def manifest(release_id: str, held: Held) -> Response:
    """Give the sources, parameters and hashes of the release: `active`, or its id."""
    if release_id not in ("active", held.id) or held.manifest is None:
        raise UnknownError("there is no such release, or it has no manifest")
    return json_answer(json_bytes(held.manifest))


@router.get("/{release_id}", response_model=Release, summary="One release")
async def one(release_id: str, held: Held) -> Response:
    """Give a release by its id, if it is the active one."""
    if release_id != held.id:
        raise UnknownError("this release is not being served", fix="See /v1/releases.")
    return json_answer(json_bytes(_described(held)))


def _described(held: OpenedRelease) -> dict[str, Any]:
    return {
        "id": held.id,
        "active": True,
        "created_at": held.meta.get("created_at"),
        "first_month": held.months[0] if held.months else None,
        "latest_month": held.latest_month,
        "attribution": held.meta.get("attribution"),
    }
