"""Claimed errands, one lane a host: hosts take turns, and a host that is full or slow holds up no other."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from federation.delivery.parcels import Errand
from storage.ids import Host


class Lanes:
    """Which errand may go next; `limit(host)` is how many of a host may be under way at once."""

    def __init__(self, limit: Callable[[Host], int]) -> None:
        self._limit = limit
        self._waiting: dict[Host, deque[Errand]] = {}
        self._under_way: Counter[Host] = Counter()
        self._turns: deque[Host] = deque()
        self._in_turns: set[Host] = set()

    def __len__(self) -> int:
        """How many errands wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, errand: Errand) -> None:
        """Put the errand at the end of its host's lane."""
        host = errand.delivery.host
        self._waiting.setdefault(host, deque()).append(errand)
        self._line_up(host)

    def take(self) -> Errand | None:
        """The next errand that may go, counted as under way from now on, or None."""
        while self._turns:
            host = self._turns.popleft()
            self._in_turns.discard(host)
            if self._room(host) > 0:
                return self._take_of(host)
        return None

    def end(self, host: Host) -> None:
        """An errand to this host is no longer under way."""
        self._under_way[host] -= 1
        if self._under_way[host] <= 0:
            del self._under_way[host]
        self._line_up(host)

    def clear(self, host: Host) -> list[Errand]:
        """Empty the lane of a host; what waited in it."""
        return list(self._waiting.pop(host, ()))

    def clear_all(self) -> list[Errand]:
        """Empty every lane; what waited."""
        return [errand for host in list(self._waiting) for errand in self.clear(host)]

    def has_waiting(self, host: Host) -> bool:
        """Whether an errand waits in the host's lane."""
        return host in self._waiting

    def ready(self) -> int:
        """How many errands could go at once."""
        return sum(max(0, self._room(host)) for host in self._turns)

    def full_hosts(self, depth: int) -> set[Host]:
        """Hosts of which we hold `depth` times what may be under way; where that is one, a single errand."""
        held = Counter(self._under_way)
        held.update({host: len(lane) for host, lane in self._waiting.items()})
        return {host for host, count in held.items() if count >= self._most_held(host, depth)}

    def _most_held(self, host: Host, depth: int) -> int:
        limit = self._limit(host)
        return limit * depth if limit > 1 else 1

    def _take_of(self, host: Host) -> Errand:
        errand = self._waiting[host].popleft()
        if not self._waiting[host]:
            del self._waiting[host]
        self._under_way[host] += 1
        self._line_up(host)
        return errand

    def _room(self, host: Host) -> int:
        return min(self._limit(host) - self._under_way.get(host, 0), len(self._waiting.get(host, ())))

    def _line_up(self, host: Host) -> None:
        if host not in self._in_turns and self._room(host) > 0:
            self._in_turns.add(host)
            self._turns.append(host)
