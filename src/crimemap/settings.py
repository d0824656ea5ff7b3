"""
Every setting, in one place. Each is an environment variable of the same name in capitals after `CRIMEMAP_`.

The public process reads `PublicSettings` and nothing else: it is told where the releases are, never where the workspace is.
"""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["PrivateSettings", "PublicSettings"]


class PublicSettings(BaseSettings):
    """What the public application needs."""

    model_config = SettingsConfigDict(env_prefix="CRIMEMAP_", extra="ignore")

    releases: Path = Field(default=Path("workspace/releases"), description="Directory of releases to serve.")
    rate_limit_per_second: float = Field(
        default=15.0,
        ge=0,
        description="Sustained requests a second for each client address under /api; 0 turns the limit off.",
    )
    rate_limit_burst: int = Field(
        default=30, ge=1, description="Requests that a client may make at once before it is limited."
    )


class PrivateSettings(BaseSettings):
    """What the command line and the partner application need."""

    model_config = SettingsConfigDict(env_prefix="CRIMEMAP_", extra="ignore")

    workspace: Path = Field(default=Path("workspace"), description="The workspace directory.")
