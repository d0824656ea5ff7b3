"""Server processes: started apart from this one, watched, and ended with it."""

import contextlib
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from pydantic_settings import BaseSettings

from crimemap.errors import ConflictError, ParameterError, ReleaseError
from crimemap.settings import PrivateSettings, PublicSettings
from crimemap.workspace import Workspace

__all__ = ["PARTNER", "PUBLIC", "WORKER", "Server", "partner_environment", "public_environment", "started_together", "watch"]

PUBLIC: Final = "public"
PARTNER: Final = "partner"
#: Runs the jobs that the partner application accepts.
WORKER: Final = "worker"

#: What a server needs of this process's surroundings. Everything else, the workspace above all, is kept from it.
_PASSED_ON: Final = (
    "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PROJ_DATA", "PROJ_LIB", "PROJ_NETWORK",
    "SYSTEMROOT", "TMPDIR", "TZ", "XDG_DATA_HOME",
)  # fmt: skip
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 15.0
#: A worker that ended is started again, no sooner than this after it was started.
_AGAIN_SECONDS: Final = 5.0
_PROBE: Final = {PUBLIC: "/v1/releases/active", PARTNER: "/openapi.json"}


@dataclass(frozen=True, slots=True)
class Server:
    """One running server process; a worker has no address."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    begun: float

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid


def public_environment(releases: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """
    Give the environment of the public process: where the releases are, its limits, and nothing of the private side.

    Examples
    --------
    >>> given = {"PATH": "/bin", "CRIMEMAP_WORKSPACE": "w", "CRIMEMAP_RATE_LIMIT_BURST": "9", "PWD": "/home/analyst/w"}
    >>> sorted(public_environment(Path("r"), given))
    ['CRIMEMAP_RATE_LIMIT_BURST', 'CRIMEMAP_RELEASES', 'PATH']
    """
    return _kept(environment, PublicSettings) | {"CRIMEMAP_RELEASES": str(releases)}


def partner_environment(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """
    Give the environment of the partner process: the workspace, whom it trusts, and its limits.

    Examples
    --------
    >>> given = {"PATH": "/bin", "CRIMEMAP_OIDC_ISSUER": "https://id.example", "CRIMEMAP_RELEASES": "r"}
    >>> sorted(partner_environment(Path("w"), given))
    ['CRIMEMAP_OIDC_ISSUER', 'CRIMEMAP_WORKSPACE', 'PATH']
    """
    return _kept(environment, PrivateSettings) | {"CRIMEMAP_WORKSPACE": str(root)}


def _kept(environment: Mapping[str, str], settings: type[BaseSettings]) -> dict[str, str]:
    """Keep what every process needs, and the settings of this one; where its data is comes from elsewhere."""
    known = {f"CRIMEMAP_{name.upper()}" for name in settings.model_fields} - {"CRIMEMAP_RELEASES", "CRIMEMAP_WORKSPACE"}
    return {name: value for name, value in environment.items() if name in _PASSED_ON or name.upper() in known}


@contextmanager
def started_together(
    workspace: Workspace, wanted: Sequence[tuple[str, int]], *, host: str, worker: bool = False
) -> Iterator[list[Server]]:
    """
    Start servers and wait until each answers; however the block ends, they end with it.

    Parameters
    ----------
    wanted
        Which applications, and on which port; 0 takes a free one.
    worker
        Start a worker as well; it is the last of the list.

    Raises
    ------
    ReleaseError
        If the public application is wanted and no release is active.
    ConflictError
        If a port is in use, or a server ended at once.
    """
    if any(name == PUBLIC for name, _ in wanted):
        _require_active(workspace)
    workspace.require()
    ports = [_free_port(host, port, name) for name, port in wanted]
    with _signals_as_interrupt(), ExitStack() as stack:
        servers: list[Server] = []
        stack.callback(_stop_every, servers)
        for (name, _), port in zip(wanted, ports, strict=True):
            servers.append(_started(workspace, name, host, port))
        if worker:
            servers.append(_started_worker(workspace))
        for server, port in zip(servers[: len(ports)], ports, strict=True):
            _wait_until_it_answers(server, host, port)
        yield servers


def watch(workspace: Workspace, servers: list[Server]) -> NoReturn:
    """
    Watch servers for as long as they run. Ctrl-C, or another signal that ends a program, leaves it as `KeyboardInterrupt`.

    A worker that ends is started again: the site goes on, and so do its jobs.

    Parameters
    ----------
    workspace
        Theirs.
    servers
        As `started_together` gives them; a new worker takes the place of one that ended.

    Raises
    ------
    ConflictError
        If a server ends by itself.
    """
    while True:
        for place, server in enumerate(servers):
            if server.name != WORKER:
                _require_running(server)
            elif server.process.poll() is not None and time.monotonic() - server.begun >= _AGAIN_SECONDS:
                servers[place] = _started_worker(workspace)
        time.sleep(0.2)


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """Let every signal that ends a program end it as Ctrl-C does, so that the servers end too."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _require_active(workspace: Workspace) -> None:
    try:
        release_id = (workspace.releases / "active").read_text(encoding="utf-8").strip()
    except OSError:
        release_id = ""
    if not release_id or not (workspace.releases / release_id / "release.duckdb").is_file():
        raise ReleaseError(
            f"the active release {release_id} is not there" if release_id else "no release is active",
            where=str(workspace.releases),
            fix="Make one with 'crimemap release build' and publish it with 'crimemap release activate'.",
        )


def _free_port(host: str, port: int, name: str) -> int:
    option = "--port" if name == PUBLIC else "--partner-port"
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((host, port), family=family) as tried:
            return int(tried.getsockname()[1])
    except socket.gaierror:
        raise ParameterError("there is no such address", where=f"--host {host}", fix="Use 127.0.0.1 or 0.0.0.0.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"port {port} of {host} is in use", fix=f"Stop the other program, or choose another port with {option}."
            ) from None
        if error.errno == errno.EACCES:
            raise ConflictError(
                f"port {port} may not be used without special rights", fix=f"Choose one above 1023 with {option}."
            ) from None
        raise ParameterError(
            f"this machine cannot listen at it ({error.strerror})", where=f"--host {host}", fix="Use 127.0.0.1 or 0.0.0.0."
        ) from None


def _started(workspace: Workspace, name: str, host: str, port: int) -> Server:
    settings = PublicSettings()
    command = [
        sys.executable, "-P", "-m", "uvicorn", f"api.main:{name}", "--factory", "--host", host, "--port", str(port),
        "--no-server-header", "--timeout-graceful-shutdown", "10", "--forwarded-allow-ips", settings.trusted_proxies,
    ]  # fmt: skip
    if name == PUBLIC:
        environment, folder = public_environment(workspace.releases, os.environ), workspace.releases
    else:
        environment, folder = partner_environment(workspace.root, os.environ), workspace.root
    shown = f"[{host}]" if ":" in host else host
    return Server(name, f"http://{shown}:{port}/", _process(command, environment, folder), time.monotonic())


def _started_worker(workspace: Workspace) -> Server:
    command = [sys.executable, "-P", "-c", "from crimemap.cli import main; main()", "worker"]
    environment = partner_environment(workspace.root, os.environ)  # which names the workspace
    return Server(WORKER, "", _process(command, environment, workspace.root), time.monotonic())


def _process(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches this process alone, which then ends the server in good order.
    return subprocess.Popen(  # noqa: S603 - a command of ours
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
    )


def _wait_until_it_answers(server: Server, host: str, port: int) -> None:
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not listening, asking
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        _require_running(server)
        connection = http.client.HTTPConnection(asked, port, timeout=5)
        try:
            connection.request("GET", _PROBE[server.name])
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise ConflictError(
        f"the {server.name} application did not answer within {_START_SECONDS:.0f} s", fix="See what it says above."
    )


def _require_running(server: Server) -> None:
    status = server.process.poll()
    if status is not None:
        raise ConflictError(
            f"the {server.name} application ended by itself with status {status}", fix="See what it says above."
        )


def _stop_every(servers: Sequence[Server]) -> None:
    with ExitStack() as stack:  # each, whatever becomes of another
        for server in servers:
            stack.callback(_stop, server)


def _stop(server: Server) -> None:
    if server.process.poll() is None:
        server.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(_STOP_SECONDS)
    if server.process.poll() is None:
        server.process.kill()
    server.process.wait()
