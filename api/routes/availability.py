"""`/api/crime-categories`, `/api/crime-last-updated`, `/api/crimes-street-dates`: what there is."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import held_month, release
from api.errors import UnknownError
from api.models import Category, LastUpdated, MonthHeld
from api.routes import json_answer
from api.routes.crimes import Date
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["availability"])

Release = Annotated[OpenedRelease, Depends(release)]


@router.get("/crime-categories", response_model=list[Category], summary="Categories")
async def crime_categories(
    held: Release,
    date: Date = None,
) -> Response:
    """List the categories in use in a month, all crime first."""
    return json_answer(held.category_list(held_month(held, date)))


@router.get("/crime-last-updated", response_model=LastUpdated, summary="Latest month")
async def crime_last_updated(held: Release) -> Response:
    """Give the latest month, as its first day: the day means nothing."""
    if held.latest_month is None:
        raise UnknownError("this release holds no month")
    return json_answer(json_bytes({"date": f"{held.latest_month}-01"}))


@router.get("/crimes-street-dates", response_model=list[MonthHeld], summary="Months")
async def crimes_street_dates(held: Release) -> Response:
    """List the months of which there is data, newest first."""
    return json_answer(held.month_list)
