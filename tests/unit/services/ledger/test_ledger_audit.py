"""The audit chain: whole when untouched, broken at the first link that was changed, left out or moved."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.ledger.domain.audit import Act, Link, append, first_broken


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for number in range(length):
        tail = links[-1] if links else None
        links.append(append(tail, Act("ops", "command.HALT", {"n": str(number)}, number)))
    return links


@given(st.integers(0, 12))
def test_an_untouched_chain_is_whole(length: int) -> None:
    assert first_broken(chain(length)) is None


@given(st.integers(1, 12), st.data())
def test_a_changed_link_is_found_at_its_number(length: int, data: st.DataObject) -> None:
    links, at = chain(length), data.draw(st.integers(0, length - 1))
    links[at] = replace(links[at], detail='{"n":"forged"}')
    assert first_broken(links) == at + 1


@given(st.integers(2, 12), st.data())
def test_a_link_left_out_is_found(length: int, data: st.DataObject) -> None:
    links, at = chain(length), data.draw(st.integers(0, length - 2))
    del links[at]
    assert first_broken(links) == at + 1
