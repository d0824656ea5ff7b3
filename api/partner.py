"""The partner application: authenticated, reads the workspace."""

from fastapi import FastAPI

__all__ = ["create_app"]


def create_app() -> FastAPI:
    """Make the application for people with a token."""
    return FastAPI(title="crimemap for partners", docs_url=None, redoc_url=None)
