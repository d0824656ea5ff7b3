"""How often one client may ask: a leaky bucket for each address."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["LeakyBuckets"]

_MOST_CLIENTS: Final = 100_000
_IPV6_CUSTOMER_BITS: Final = 64


class LeakyBuckets:
    """
    One bucket for each client: a request fills it by one, time empties it.

    Parameters
    ----------
    per_second
        How fast a bucket empties. 0 turns the limit off.
    burst
        How much a bucket holds.
    exempt
        Networks that are not limited.
    clock
        Gives seconds that never go back.

    Examples
    --------
    >>> buckets = LeakyBuckets(per_second=15, burst=2, clock=lambda: 0.0)
    >>> [buckets.wait_seconds("192.0.2.1") for _ in range(3)]
    [0, 0, 1]
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: int,
        exempt: Sequence[IPv4Network | IPv6Network] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._exempt = tuple(exempt)
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, client: str) -> int:
        """Count a request: 0 if it may pass, else whole seconds after which the next one may. Those refused do not count."""
        if not self._per_second:
            return 0
        owner = self._owner(client)
        if owner is None:
            return 0
        now = self._clock()
        level, then = self._levels.get(owner, (0.0, now))
        level = max(0.0, level - (now - then) * self._per_second)
        if level + 1 > self._burst:
            return max(1, math.ceil((level + 1 - self._burst) / self._per_second))
        self._levels[owner] = (level + 1, now)
        self._levels.move_to_end(owner)
        if len(self._levels) > _MOST_CLIENTS:
            self._levels.popitem(last=False)
        return 0

    def seconds_left(self, client: str) -> int:
        """Say how long a client must wait, without counting anything: 0 if the next request may pass."""
        owner = self._owner(client) if self._per_second else None
        if owner is None or owner not in self._levels:
            return 0
        level, then = self._levels[owner]
        level = max(0.0, level - (self._clock() - then) * self._per_second)
        return 0 if level + 1 <= self._burst else max(1, math.ceil((level + 1 - self._burst) / self._per_second))

    def _owner(self, client: str) -> str | None:
        """Say whose bucket it is: an IPv6 customer has a whole /64. Nobody's, if exempt."""
        try:
            address = ip_address(client)
        except ValueError:
            return client
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._exempt):
            return None
        if isinstance(address, IPv6Address):
            return str(IPv6Network((int(address), _IPV6_CUSTOMER_BITS), strict=False))
        return str(address)
