"""Ending aiokafka's clients inside a deadline, also while no broker answers. The only place that knows how they are built inside."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import ProducerClosed

#: How long a reader without a group may take to close, s.
CLOSE_S: Final = 2.0
_ATTEMPTS: Final = 3
_ATTEMPT_S: Final = 0.2


async def close_consumer(consumer: AIOKafkaConsumer, timeout_s: float) -> None:
    """Leave the group and close. Calling twice is safe.

    aiokafka's stop() waits for a rebalance that is under way, whose other members may be slow; and it ends as if it were cancelled, with
    its connections open, when a fetch is waiting to be tried again.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({stopping}, timeout=timeout_s)
    if not stopping.done() or stopping.cancelled():
        await _end(stopping)
        await _close_client(consumer._client)
        return
    stopping.result()


async def close_producer(producer: AIOKafkaProducer, flush_s: float) -> None:
    """Flush for a while and close; what is not acknowledged then is dropped.

    An idempotent producer of aiokafka tries for ever, so its stop() may never end.
    """
    stopping = asyncio.ensure_future(producer.stop())
    await asyncio.wait({stopping}, timeout=flush_s)
    if stopping.done():
        stopping.result()
        return
    await _end(stopping)
    sender = producer._sender.sender_task
    if sender is not None:
        await _end(sender)
    # Ends whoever waits for a batch, the flush inside of stop() among them.
    producer._message_accumulator.fail_all(ProducerClosed())
    await _close_client(producer.client)


async def _close_client(client: AIOKafkaClient) -> None:
    """Close every connection, for a bounded time."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(client.close(), CLOSE_S)


async def _end(task: asyncio.Future[Any]) -> None:
    """Cancel a task; again where it waits for others while it is being cancelled."""
    for _ in range(_ATTEMPTS):
        if task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=_ATTEMPT_S)
