"""What fails between the nodes of a village: hosts that cannot reach each other, and answers that are lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from federation.addresses import CleanUrl
from federation.errors import NoAnswer
from federation.wire import Wire
from storage.ids import Host


@dataclass(slots=True)
class Outages:
    """Cuts go both ways and through every path: all that a node asks of others leaves through its one door."""

    cuts: set[frozenset[Host]] = field(default_factory=set)
    """Pairs that cannot reach each other."""
    walls: set[tuple[Host, Host]] = field(default_factory=set)
    """The first reaches the second no more, but is still reached by it: a host without an address, or a blocked one."""
    deaf: set[tuple[Host, Host]] = field(default_factory=set)
    """What the first asks of the second arrives and has its effect, but its answer is lost."""
    sent: dict[Host, int] = field(default_factory=dict)
    """Requests that left each node, whether they arrived or not."""

    def part(self, some: list[Host], others: list[Host]) -> None:
        """Nobody of these reaches any of those, nor the other way round."""
        self.cuts |= {frozenset((one, other)) for one in some for other in others if one != other}

    def heal(self) -> None:
        """Everybody reaches everybody."""
        self.cuts.clear()
        self.walls.clear()
        self.deaf.clear()

    def stand_before(self, wire: Wire, here: Host) -> None:
        """Whatever this node sends from now on passes here."""
        reach = wire._exchange

        async def exchange(
            method: str,
            target: CleanUrl,
            headers: Mapping[str, str],
            body: bytes | None,
            read: Callable[[Any], Awaitable[Any]],
        ) -> Any:
            self.sent[here] = self.sent.get(here, 0) + 1
            if frozenset((here, target.authority)) in self.cuts or (here, target.authority) in self.walls:
                raise NoAnswer(f"{target.authority} cannot be reached from here.")
            answer = await reach(method, target, headers, body, read)
            if (here, target.authority) in self.deaf:
                raise NoAnswer(f"The answer of {target.authority} is lost.")
            return answer

        wire._exchange = exchange  # type: ignore[method-assign]
