"""The REST front: reads a request as it arrived, has it answered, and adds the venue's headers."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from simulator.binance.call import Endpoint
from simulator.binance.endpoints import REST
from simulator.binance.errors import BinanceError, TooManyRequests
from simulator.binance.formats import Json, encode
from simulator.binance.service import Credentials, Service
from simulator.binance.signing import unsigned

# How long an order stays without an answer when its request or reply is lost: longer than any client waits.
LOST_S = 60.0


class RestFront:
    """Serves every path of the endpoint table."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def handle(self, request: web.Request) -> web.StreamResponse:
        endpoint = REST.get((request.method, request.path))
        if endpoint is None:
            return web.Response(status=404, text="404 Not found")
        query, body = request.raw_path.partition("?")[2], (await request.read()).decode(errors="replace")
        faults = self._service.faults
        if endpoint.places_order and faults.requests.strike():
            return await _keep_silent(request)
        try:
            account, answer = self._answer(request, endpoint, query, body)
        except BinanceError as error:
            response = self._refusal(request, error)
        else:
            if endpoint.places_order and faults.replies.strike():
                return await _keep_silent(request)
            response = self._reply(request, answer, account if endpoint.places_order else None)
        if faults.reply_delay_s:
            await asyncio.sleep(faults.reply_delay_s)
        return response

    def _answer(self, request: web.Request, endpoint: Endpoint, query: str, body: str) -> tuple[str, Json]:
        signed_query, query_signature = unsigned(query)
        signed_body, body_signature = unsigned(body)
        # The same name in both places: the query wins.
        values: Mapping[str, str] = dict(_pairs(signed_body)) | dict(_pairs(signed_query))
        credentials = Credentials(
            api_key=request.headers.get("X-MBX-APIKEY"),
            payload=signed_query + signed_body,
            signature=query_signature or body_signature,
        )
        account = self._service.authenticate(endpoint, values, credentials)
        return account, self._service.answer(endpoint, values, account, request.remote or "")

    def _reply(self, request: web.Request, answer: Json, ordering_account: str | None) -> web.Response:
        headers = self._headers(request)
        if ordering_account is not None:
            headers |= self._service.desk.limits.order_headers(ordering_account, self._service.now_ns())
        return _json(200, encode(answer), headers)

    def _refusal(self, request: web.Request, error: BinanceError) -> web.Response:
        headers = self._headers(request)
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(error.retry_after_s)
        return _json(error.status, encode(error.body()), headers)

    def _headers(self, request: web.Request) -> dict[str, str]:
        used = self._service.desk.limits.used_weight(request.remote or "", self._service.now_ns())
        return {"X-MBX-USED-WEIGHT": str(used), "X-MBX-USED-WEIGHT-1M": str(used)}


async def _keep_silent(request: web.Request) -> web.StreamResponse:
    """Answer nothing until the client has given up, then cut the connection: whether the order stands, nobody was told."""
    await asyncio.sleep(LOST_S)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=504)


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _json(status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=status, body=body, headers=headers, content_type="application/json", charset="UTF-8"
    )
