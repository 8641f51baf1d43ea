"""The vendors' side, scripted: as much of each service as its SDK needs to go on.

A module of this package that has ``DOMAINS`` answers for these and for all names below them; where
several do, that with the longest.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer, Service


def _services() -> Mapping[str, Service]:
    """Return the module for each domain; raise ValueError if there are two for one."""
    found: dict[str, Service] = {}
    for each in iter_modules(__path__):
        module = import_module(f"{__name__}.{each.name}")
        for domain in getattr(module, "DOMAINS", ()):
            if other := found.get(domain):
                raise ValueError(f"{module.__name__} and {other} both answer for {domain}")
            found[domain] = cast("Service", module)
    return found


SERVICES = _services()


def _service(received: Received) -> Service | None:
    labels = received.host.split(".")
    domains = (".".join(labels[at:]) for at in range(len(labels)))
    return next((SERVICES[domain] for domain in domains if domain in SERVICES), None)


def answer(received: Received) -> Answer:
    service = _service(received)
    return service.answer(received) if service else Answer(status=404)


def greeting(received: Received) -> Iterable[Message]:
    """Yield what the service says first on a WebSocket."""
    service = _service(received)
    return service.greeting(received) if service else ()


def replies(received: Received, message: Message) -> Iterable[Message]:
    service = _service(received)
    return service.replies(received, message) if service else ()
