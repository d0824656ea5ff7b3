"""The public application: the active release and nothing else."""

from fastapi import FastAPI

from crimemap.settings import PublicSettings

__all__ = ["create_app"]


def create_app(settings: PublicSettings | None = None) -> FastAPI:
    """Make the application that serves the releases of one directory."""
    app = FastAPI(title="crimemap")
    app.state.settings = settings or PublicSettings()
    return app
