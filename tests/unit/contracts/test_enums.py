"""An enum that this code does not know is refused wherever it stands in a message, and named."""

from __future__ import annotations

import pytest

from sextant.contracts.enums import check_enums
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.errors import InvalidValue


@pytest.mark.parametrize("topic", sorted(EXAMPLES))
def test_every_example_holds_only_known_values(topic: str) -> None:
    for example in EXAMPLES[topic].values():
        if example.message is not None:
            check_enums(example.message)


def test_an_unknown_value_is_named_with_its_field_at_the_top_inside_and_in_lists() -> None:
    refused = risk_pb2.Decision(refused=risk_pb2.Refused(code=12_345))  # type: ignore[arg-type]  # what a newer writer may send
    with pytest.raises(
        InvalidValue, match=r"sextant\.risk\.v1\.Refused\.code: expected one of .*REFUSAL_CODE_.*12345"
    ):
        check_enums(refused)
    with pytest.raises(InvalidValue, match=r"Refused\.code"):
        check_enums(refused.refused)
    listed = risk_pb2.Decision()
    listed.intent.votes.add(side=77)
    with pytest.raises(InvalidValue, match=r"side: expected one of .*77"):
        check_enums(listed)
