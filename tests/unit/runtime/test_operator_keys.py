"""One secret, two keys: neither gives the other, and a secret that cannot be used is named without being shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from sextant.contracts.commands import is_genuine, sign
from sextant.contracts.control.v1 import control_pb2
from sextant.core.commands import derive_key
from sextant.core.errors import InvalidValue, SettingsInvalid
from sextant.runtime.operator_keys import derive_keys, read_operator_keys

SECRET = b"a secret of the operators"


def test_keys_are_those_of_hkdf() -> None:
    # RFC 5869, test case 3: no salt, no info, the first block of its output.
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert derive_key(bytes([0x0B]) * 22, "").hex() == expected
    with pytest.raises(InvalidValue):
        derive_key(b"", "use")


def test_who_overhears_the_doors_token_cannot_sign_commands() -> None:
    keys = derive_keys(SECRET)
    command = control_pb2.Command(command_id="c-1", kind=control_pb2.COMMAND_KIND_RESUME, scope="global")
    for overheard in (keys.door_token.encode(), bytes.fromhex(keys.door_token)):
        assert not is_genuine(sign(command, overheard), keys.command_key)
    assert is_genuine(sign(command, keys.command_key), keys.command_key)
    assert not is_genuine(command, None)
    command.scope = "portfolio/main"
    assert not is_genuine(command, keys.command_key)


def test_keys_do_not_show_when_printed() -> None:
    keys = derive_keys(SECRET)
    assert keys.door_token not in repr(keys)
    assert repr(keys.command_key) not in repr(keys)


@pytest.mark.parametrize("content", [b"", b"  \n", b"short"])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "operator.secret"
    file.write_bytes(content)
    with pytest.raises(SettingsInvalid, match=r"operator\.secret: expected at least 16 bytes"):
        read_operator_keys(file)
    with pytest.raises(SettingsInvalid, match="missing"):
        read_operator_keys(tmp_path / "missing")


def test_white_space_around_the_secret_is_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "operator.secret"
    file.write_bytes(SECRET + b"\n")
    assert read_operator_keys(file) == derive_keys(SECRET)
