"""The owner of pooled connections to upstreams."""


class PoolOwner:
    """Represents one client's connection, for which the pool keeps idle upstream connections.

    It does not refer to them. The pool does, and closes them once the client has left.
    """

    __slots__ = ("has_left",)

    def __init__(self) -> None:
        self.has_left = False
