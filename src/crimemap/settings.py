"""
Every setting, in one place. Each is an environment variable of the same name in capitals after `CRIMEMAP_`.

The public process reads `PublicSettings` and nothing else: it is told where the releases are, never where the workspace is.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from pydantic import Field, field_validator, model_validator
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
    rate_limit_exempt: str = Field(
        default="",
        description="Addresses or networks that are not limited, with commas between them: 10.0.0.0/8, 192.0.2.7.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses of proxies whose X-Forwarded-For is believed, with commas between them; * believes all.",
    )
    month_cache_mb: int = Field(
        default=512, ge=1, description="Memory for months of incidents that were asked for lately, in megabytes."
    )

    search_time_limit_s: float = Field(
        default=20.0, gt=0, le=3600, description="Seconds that a search for mergers may take at most."
    )
    searches_at_once: int = Field(default=1, ge=1, le=64, description="Searches for mergers that run at the same time.")
    searches_waiting: int = Field(
        default=4, ge=0, le=1000, description="Searches that may wait for others; more are answered with 503."
    )
    search_memory_mb: int = Field(default=2048, ge=256, description="Memory that one search may take, in megabytes.")

    report_cache: Path | None = Field(
        default=None,
        description="Where printed reports to the community are kept; a folder of the process's own if not given.",
    )
    report_cache_mb: int = Field(default=256, ge=1, description="What they may take on disk together, in megabytes.")
    reports_at_once: int = Field(default=1, ge=1, le=64, description="Reports that are printed at the same time.")
    reports_waiting: int = Field(
        default=8, ge=0, le=1000, description="Reports that may wait for others; more are answered with 503."
    )
    report_time_limit_s: float = Field(
        default=60.0, gt=0, le=3600, description="Seconds that printing a report may take at most."
    )
    report_memory_mb: int = Field(default=1024, ge=256, description="Memory that printing one may take, in megabytes.")

    @field_validator("rate_limit_exempt")
    @classmethod
    def _networks_can_be_read(cls, value: str) -> str:
        _networks(value)
        return value

    def exempt_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """
        Give the networks that are not limited.

        Examples
        --------
        >>> PublicSettings(rate_limit_exempt="192.0.2.7, 10.0.0.0/8").exempt_networks()
        (IPv4Network('192.0.2.7/32'), IPv4Network('10.0.0.0/8'))
        """
        return _networks(self.rate_limit_exempt)


class PrivateSettings(BaseSettings):
    """What the command line and the partner application need."""

    model_config = SettingsConfigDict(env_prefix="CRIMEMAP_", extra="ignore")

    workspace: Path = Field(default=Path("workspace"), description="The workspace directory.")
    oidc_issuer: str = Field(
        default="", description="The identity provider whose tokens the partner application takes, as its tokens name it."
    )
    oidc_audience: str = Field(default="crimemap", description="For whom its tokens must be.")
    oidc_keys: str = Field(
        default="",
        description="Address of its public keys (JWKS), or of its discovery document; found from the issuer if empty.",
    )
    oidc_team_claim: str = Field(
        default="crimemap_team", description="The claim that holds a bearer's team as FORCE/NEIGHBOURHOOD."
    )
    failed_attempts_per_minute: float = Field(
        default=6.0, ge=0, description="Failed attempts a minute for each client address; 0 turns the limit off."
    )
    failed_attempts_burst: int = Field(default=10, ge=1, description="Failed attempts that a client may make at once.")
    jobs_database: str = Field(
        default="",
        description="Database of the records of jobs, as SQLAlchemy names it; a file in the workspace if empty.",
    )
    jobs_redis: str = Field(
        default="",
        description="Redis server that wakes workers, redis://HOST:PORT/DATABASE; a file in the workspace if empty.",
    )
    jobs_running: int = Field(default=2, ge=1, le=1000, description="Jobs of one token that run at the same time.")
    jobs_waiting: int = Field(
        default=20, ge=1, le=10_000, description="Jobs of one token that may wait; more are refused with 429."
    )
    jobs_largest_area_km2: float = Field(
        default=20_000.0, gt=0, description="Largest study area of a job, in square kilometres."
    )
    jobs_time_limit_s: float = Field(default=1800.0, gt=0, description="Seconds that a job may run at most.")
    jobs_memory_mb: int = Field(default=4096, ge=512, description="Memory that one job may take, in megabytes.")
    jobs_result_mb: int = Field(default=1024, ge=1, description="What the results of a job may take, in megabytes.")
    jobs_days_kept: float = Field(
        default=7.0, gt=0, le=3660, description="Days that a finished job and its results are kept."
    )
    jobs_wait_s: float = Field(
        default=30.0, ge=0, le=300, description="Seconds that a request waits for results before it is answered with a job."
    )
    jobs_lease_s: float = Field(
        default=15.0, ge=5, le=3600, description="Seconds without a sign of life after which a worker is taken for lost."
    )

    reports_at_once: int = Field(default=1, ge=1, le=64, description="Briefings that are printed at the same time.")
    reports_waiting: int = Field(default=8, ge=0, le=1000, description="Briefings that may wait for others to be printed.")
    report_time_limit_s: float = Field(default=60.0, gt=0, le=3600, description="Seconds that printing one may take.")
    report_memory_mb: int = Field(default=1024, ge=256, description="Memory that printing one may take, in megabytes.")

    partner_address: str = Field(default="", description="Where the partner application is reached, for links in messages.")
    webhook_internal_hosts: str = Field(
        default="",
        description="Hosts, or host:port, of the own network that webhooks may go to, with commas between them.",
    )
    webhook_attempts: int = Field(default=10, ge=1, le=30, description="How often a webhook is tried before it is given up.")
    webhook_first_wait_s: float = Field(
        default=30.0, ge=0, le=3600, description="Seconds after a first attempt; each further wait is twice as long."
    )
    webhook_time_limit_s: float = Field(default=10.0, gt=0, le=120, description="Seconds that one attempt may take.")

    @model_validator(mode="after")
    def _provider_is_whole(self) -> "PrivateSettings":
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError("oidc_audience must say for whom tokens are")
        return self


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
