"""The language that an answer's sentences are in: asked for with `lang`."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query

from api.errors import BadRequestError
from crimemap.language import ENGLISH, LANGUAGES, speaking

__all__ = ["spoken"]


async def spoken(
    lang: Annotated[
        str,
        Query(
            description="Language of the sentences: English or Welsh (`cy`). Codes, numbers and names are the same in both, "
            "and errors are in English.",
            json_schema_extra={"enum": list(LANGUAGES)},
        ),
    ] = ENGLISH,
) -> AsyncIterator[None]:
    """
    Speak the language that was asked for while a request is answered; for routes that word what they say.

    Raises
    ------
    BadRequestError
        If there is no such language.
    """
    if lang not in LANGUAGES:
        raise BadRequestError(f"no language {lang[:20]!r}", where="lang", fix=f"Take one of {', '.join(LANGUAGES)}.")
    with speaking(lang):
        yield
