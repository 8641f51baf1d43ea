"""Read the beginning of a path: a route's prefix, or a host."""

from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority


def behind(prefix: bytes, request_target: bytes) -> bytes | None:
    """Return the part of *request_target* after *prefix*; None if it does not begin with it."""
    if request_target.startswith(prefix):
        rest = request_target[len(prefix) :]
    elif b"//" in request_target and prefix:
        position = _end_of(prefix, request_target)
        if position is None:
            return None
        rest = request_target[position:]
    else:
        return None
    return rest if not rest or rest.startswith((b"/", b"?")) else None


def _end_of(prefix: bytes, request_target: bytes) -> int | None:
    """Return where *prefix* ends in *request_target*, which may have several slashes in a row."""
    position = 0
    for segment in prefix.split(b"/")[1:]:
        start = position
        while request_target.startswith(b"/", position):
            position += 1
        if position == start or not request_target.startswith(segment, position):
            return None
        position += len(segment)
    return position


def first_segment(path: bytes) -> bytes:
    return path.partition(b"?")[0].lstrip(b"/").partition(b"/")[0]


def first_authority(path: bytes) -> Authority | None:
    """Return the authority in the first segment of *path*; None if that is not a host."""
    segment = first_segment(path)
    if b"." not in segment and b":" not in segment:
        return None
    try:
        return Authority.parse(segment)
    except BadTarget:
        return None
