"""A small collector: takes spans by OTLP over HTTP, on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.lab.wire import Request, read_body, read_head, response


class Collector:
    """``spans`` are those of all requests so far; *status* is what each is answered."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.paths: set[bytes] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = Request(await read_head(reader))
                await read_body(reader, request)
                self._note(request)
                writer.write(response(self.status, b"", b"Content-Type: application/x-protobuf"))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _note(self, request: Request) -> None:
        self.paths.add(request.target)
        message = ExportTraceServiceRequest()
        message.ParseFromString(request.body)
        for each in message.resource_spans:
            self.services |= {
                attribute.value.string_value
                for attribute in each.resource.attributes
                if attribute.key == "service.name"
            }
            for scope in each.scope_spans:
                self.spans += scope.spans


@asynccontextmanager
async def collector(status: int = 200) -> AsyncIterator[Collector]:
    made = Collector(status)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
