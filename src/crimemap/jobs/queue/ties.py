"""How a process that does a piece of work is tied to the one that started it, and kept from harming the machine."""

import ctypes
import os
import signal
import sys
from typing import Final

__all__ = ["die_with_parent", "go_gently", "resident_bytes"]

_SET_DEATH_SIGNAL: Final = 1
_GENTLE: Final = 5
#: Where memory runs out, the work is ended by the system before anything that serves.
_FIRST_TO_END: Final = "800"
_SPARE: Final = 4 << 30


def die_with_parent(parent: int) -> None:
    """
    Let the system kill this process when its parent has ended, however it ended (Linux).

    Parameters
    ----------
    parent
        The parent's number: where it has ended already, this process ends at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def go_gently(memory_bytes: int) -> None:
    """Let others go first, write no core, and set aside no memory without measure, where the system can see to that."""
    if hasattr(os, "nice"):
        os.nice(_GENTLE)
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Memory that is set aside is not yet taken, and databases set aside much: so this is a wall well behind the limit.
    # Whoever started the work looks at what is taken, and this stops what grows faster than anybody looks.
    most = 2 * memory_bytes + _SPARE
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
            file.write(_FIRST_TO_END)
    except OSError:
        return


def resident_bytes(pid: int) -> int | None:
    """
    Give the memory that a process has taken; None where the system does not say.

    Examples
    --------
    >>> resident_bytes(-1) is None
    True
    """
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
