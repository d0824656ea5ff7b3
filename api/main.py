"""
The applications for an ASGI server: `uvicorn api.main:public --factory`.

Each factory imports its own application only, so the public process never loads what reads the private side.
"""

import logging

from fastapi import FastAPI

__all__ = ["partner", "public"]


class _WithoutQuery(logging.Filter):
    """Keep parameters, which hold coordinates, out of the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


def public() -> FastAPI:
    """Make the public application from the environment."""
    from api.public import create_app  # noqa: PLC0415

    _prepare_logs()
    return create_app()


def partner() -> FastAPI:
    """Make the partner application from the environment."""
    from api.partner import create_app  # noqa: PLC0415

    _prepare_logs()
    return create_app()


def _prepare_logs() -> None:
    access = logging.getLogger("uvicorn.access")
    if not any(isinstance(known, _WithoutQuery) for known in access.filters):
        access.addFilter(_WithoutQuery())
    ours = logging.getLogger("crimemap")
    if not ours.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s:     %(message)s"))
        ours.addHandler(handler)
        ours.setLevel(logging.INFO)
        ours.propagate = False
