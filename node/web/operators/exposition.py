"""The metrics in Prometheus' text format. A label is one of a few words of ours, never anything from outside."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from federation.log.fan_out import CURSOR as FANNED_OUT
from federation.log.project import CURSOR as PROJECTED
from node.context import Node
from node.metrics import BOUNDS, Durations, Metrics
from node.version import VERSION
from storage.records import QueueSummary

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the store says at one moment."""

    queue: QueueSummary
    inbox: dict[str, int]
    log_size: int
    projected: int
    fanned_out: int


async def take_snapshot(node: Node) -> Snapshot:
    """Ask the store; may raise `StorageError`."""
    store = node.store
    return Snapshot(
        queue=await store.summarise_queue(now=node.now(), made_since=node.now()),
        inbox=await store.count_received(),
        projected=await store.get_cursor(PROJECTED),
        fanned_out=await store.get_cursor(FANNED_OUT),
        log_size=await store.size(),
    )


def expose(metrics: Metrics, snapshot: Snapshot | None) -> bytes:
    """The whole page; without a snapshot, because the store is away, only what the process itself knows."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(metrics, snapshot))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)
class _Collector:
    metrics: Metrics
    snapshot: Snapshot | None

    def collect(self) -> Iterator[Metric]:
        """As `prometheus_client` asks for it."""
        yield from _of_work(self.metrics)
        yield from _of_process()
        if self.snapshot is not None:
            yield from _of_store(self.snapshot)


def _of_work(metrics: Metrics) -> Iterator[Metric]:
    yield _counts("picketline_inbox_accepted", "Activities taken, new or known", "kind", metrics.received)
    yield _counts("picketline_inbox_refused", "Requests to inboxes refused", "reason", metrics.refused)
    yield _counts("picketline_delivery_attempts", "Attempts to deliver", "outcome", metrics.attempts)
    yield _histogram("picketline_publish_seconds", "From signed words to their page", metrics.publishing)
    yield _histogram("picketline_delivery_seconds", "One attempt to deliver", metrics.delivering)
    yield _histogram("picketline_inbox_seconds", "One request to an inbox", metrics.receiving)
    yield _histogram("picketline_loop_lag_seconds", "How late the event loop came round", metrics.loop_lag)
    longest = metrics.loop_longest.seconds(metrics.clock())
    yield GaugeMetricFamily("picketline_loop_longest_seconds", "Nothing held up the loop longer lately", value=longest)
    work = metrics.loop_work.seconds(metrics.clock())
    yield GaugeMetricFamily("picketline_loop_work_seconds", "Its own work meanwhile, at most", value=work)


def _of_process() -> Iterator[Metric]:
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    yield GaugeMetricFamily("process_resident_memory_bytes", "Memory in use", value=resident)
    yield GaugeMetricFamily("process_open_fds", "Open files", value=len(os.listdir("/proc/self/fd")))  # noqa: PTH208
    release = GaugeMetricFamily("picketline_release", "Which release runs", labels=["version"])
    release.add_metric([VERSION], 1)
    yield release


def _of_store(snapshot: Snapshot) -> Iterator[Metric]:
    queue = snapshot.queue
    waiting = GaugeMetricFamily("picketline_deliveries_waiting", "Deliveries that wait", labels=["state"])
    waiting.add_metric(["trying"], queue.waiting - queue.resting)
    waiting.add_metric(["resting"], queue.resting)
    yield waiting
    yield GaugeMetricFamily("picketline_hosts_resting", "Servers left alone for a while", value=queue.resting_hosts)
    yield GaugeMetricFamily("picketline_inbox_waiting", "Received, without effect yet", value=snapshot.inbox["waiting"])
    yield GaugeMetricFamily("picketline_log_entries", "Size of the record", value=snapshot.log_size)
    behind = GaugeMetricFamily("picketline_log_behind", "Entries not read yet", labels=["reader"])
    behind.add_metric(["pages"], max(0, snapshot.log_size - snapshot.projected))
    behind.add_metric(["deliveries"], max(0, snapshot.log_size - snapshot.fanned_out))
    yield behind


def _counts(name: str, says: str, label: str, counts: Counter[str]) -> Metric:
    family = CounterMetricFamily(name, says, labels=[label])
    for key, count in sorted(counts.items()):
        family.add_metric([key], count)
    return family


def _histogram(name: str, says: str, durations: Durations) -> Metric:
    buckets, total = [], 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), durations.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return HistogramMetricFamily(name, says, buckets=buckets, sum_value=durations.seconds)
