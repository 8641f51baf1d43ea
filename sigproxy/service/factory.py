"""The function that gunicorn's worker calls to get its runner."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from sigproxy.runner import Runner
from sigproxy.service.handover import State

Factory = Callable[[], Coroutine[Any, Any, Runner]]

log = logging.getLogger("gunicorn.error")


def factory(state: State) -> Factory:
    """Return the function that gunicorn's worker calls, on its loop, to get the runner."""

    async def make_runner() -> Runner:
        if state.admin_listener is None:
            return Runner(state.settings, contexts=state.contexts)
        from sigproxy.service.pages import AdminRunner  # and with it prometheus_client

        try:
            return AdminRunner(state.settings, state.contexts, state.admin_listener)
        except OSError as error:
            log.error("admin.bind: no space for this worker's metrics, make some: %s", error)
            return Runner(state.settings, contexts=state.contexts)

    return make_runner
