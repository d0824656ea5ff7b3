"""Which of its formats an address is to answer in."""

from collections.abc import Mapping

from fastapi import Request

from api.errors import BadRequestError

__all__ = ["format_asked_for"]


def format_asked_for(request: Request, text: str | None, types: Mapping[str, str]) -> str:
    """
    Settle the format: `format`, or else the first type in `Accept` that there is, or else JSON.

    Parameters
    ----------
    text
        The parameter `format`.
    types
        Media type of each format, two or more of them, `json` among them.

    Raises
    ------
    BadRequestError
        If `format` is none that there is.
    """
    if text:
        if text not in types:
            *others, last = types
            raise BadRequestError("there is no such format", where="format", fix=f"Use {', '.join(others)} or {last}.")
        return text
    for one in request.headers.get("accept", "").lower().split(","):
        wanted = one.partition(";")[0].strip()
        for name, media_type in types.items():
            if wanted == media_type.partition(";")[0]:
                return name
    return "json"
