"""Watchers get what changes in order; one that is too slow is cut off and costs nobody anything."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.domain.changes import Change
from services.console.domain.facts import Anomaly, Breaker
from services.console.feed import Feed, FellBehind, TooManyWatchers


def breaker(number: int) -> Breaker:
    return Breaker("global", "OPEN", f"cause {number}", number)


async def test_a_watcher_gets_everything_in_order() -> None:
    feed = Feed()
    watcher = feed.watch()
    said: list[Change] = [breaker(number) for number in range(100)]
    for change in said:
        feed.publish(change)
    assert [await watcher.next(0.1) for _ in said] == said
    assert await watcher.next(0.01) is None


async def test_a_watcher_waits_for_what_comes() -> None:
    feed = Feed()
    waiting = asyncio.create_task(feed.watch().next(5))
    await asyncio.sleep(0)
    feed.publish(breaker(1))
    assert await asyncio.wait_for(waiting, 1) == breaker(1)


async def test_a_watcher_of_some_kinds_gets_only_those() -> None:
    feed = Feed()
    watcher = feed.watch({Anomaly})
    anomaly = Anomaly(1, "alpha:BTC/USDT", "STALE", "quiet")
    for change in (breaker(1), anomaly, breaker(2)):
        feed.publish(change)
    assert await watcher.next(0.1) == anomaly
    assert await watcher.next(0.01) is None


async def test_a_slow_watcher_is_dropped_and_others_go_on() -> None:
    feed = Feed(most_waiting=10)
    slow, quick = feed.watch(), feed.watch()
    for number in range(11):
        feed.publish(breaker(number))
        assert await quick.next(0.1) == breaker(number)
    assert (len(feed), feed.dropped) == (1, 1)
    with pytest.raises(FellBehind):
        await slow.next(0.1)
    feed.publish(breaker(11))
    assert await quick.next(0.1) == breaker(11)


async def test_watchers_are_limited_and_one_that_leaves_makes_room() -> None:
    feed = Feed(most_watchers=2)
    first, _ = feed.watch(), feed.watch()
    with pytest.raises(TooManyWatchers):
        feed.watch()
    feed.leave(first)
    feed.leave(first)
    feed.watch()
    assert len(feed) == 2


@given(takes=st.lists(st.booleans(), max_size=200), most=st.integers(1, 8))
def test_a_watcher_has_a_prefix_of_what_was_said_and_never_more_waiting_than_allowed(
    takes: list[bool], most: int
) -> None:
    async def play() -> None:
        feed = Feed(most_waiting=most)
        watcher, said = feed.watch(), 0
        taken: list[Change | None] = []
        for take in takes:
            if not take:
                feed.publish(breaker(said))
                said += 1
            elif not watcher.has_fallen_behind and len(taken) < said:
                taken.append(await watcher.next(0.1))
            assert len(watcher._waiting) <= most
        assert taken == [breaker(number) for number in range(len(taken))]
        assert watcher.has_fallen_behind == (len(feed) == 0)

    asyncio.run(play())
