"""A Postgres that is there and takes nobody, as one that starts or stops."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_TLS_ASKED: Final = 80_877_103


@asynccontextmanager
async def refusing_server(code: str) -> AsyncIterator[str]:
    """Yield the DSN of a server that answers every startup with a fatal error of that SQLSTATE."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await _startup(reader) == _TLS_ASKED:
            writer.write(b"N")
            await _startup(reader)
        fields = f"SFATAL\0VFATAL\0C{code}\0Mthe server takes nobody\0\0".encode()
        writer.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://nobody@127.0.0.1:{port}/nowhere"


async def _startup(reader: asyncio.StreamReader) -> int:
    """Read a packet of the startup; return what it asks for."""
    size, asked = struct.unpack("!ii", await reader.readexactly(8))
    await reader.readexactly(size - 8)
    return int(asked)
