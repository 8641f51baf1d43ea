"""One image for all tests of the suite; it is built once, and all of it is removed at the end."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.image import build, podman
from tests.image.podman import Podman
from tests.image.space import entered


@pytest.fixture(scope="session", name="podman")
def podman_with_the_image(request: pytest.FixtureRequest) -> Iterator[Podman]:
    """Build the image; return what runs it. Skip if nothing can be built or run here."""
    if reason := build.missing():
        pytest.skip(reason)
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell(what: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{what} ...", flush=True)

    with ExitStack() as stack:
        temporary = TemporaryDirectory(prefix="sigproxy-image-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(temporary))
        try:
            space = stack.enter_context(entered(folder))
        except OSError as error:
            pytest.skip(f"mount and cgroup namespaces cannot be made here: {error}")
        build.built(space, tell)
        made = Podman(space)
        if reason := podman.obstacle(made):
            pytest.skip(reason)
        yield made
