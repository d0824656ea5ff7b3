"""The partner application: authenticated, reads the workspace."""

from fastapi import FastAPI

from api.errors import answer_errors
from api.middleware import Headers, NoStore, Shield
from api.models_v1 import Problem
from api.openapi import describe
from api.routes import teams
from crimemap import __version__
from crimemap.settings import PrivateSettings
from crimemap.tokens import TokenStore
from crimemap.workspace import Workspace

__all__ = ["create_app"]


def create_app(settings: PrivateSettings | None = None) -> FastAPI:
    """
    Make the application for people with a token.

    Parameters
    ----------
    settings
        Where the workspace is. Read from the environment where left out.
    """
    settings = settings or PrivateSettings()
    app = FastAPI(
        title="crimemap for partners",
        version=__version__,
        description="For neighbourhood policing teams: a token reaches its own neighbourhood and nothing else.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.workspace = Workspace(settings.workspace)
    app.state.tokens = TokenStore(app.state.workspace)
    refusals = {
        code: {"description": text, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
        for code, text in (
            (400, "A parameter cannot be read."),
            (401, "There is no token, or it is not good."),
            (403, "The token is good for something else."),
            (404, "The workspace does not hold it."),
        )
    }
    app.include_router(teams.router, responses=refusals)  # type: ignore[arg-type]
    answer_errors(app)
    describe(app)
    app.add_middleware(NoStore)
    app.add_middleware(Headers)
    app.add_middleware(Shield)
    return app
