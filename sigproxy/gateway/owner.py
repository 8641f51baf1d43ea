"""For whom connections to upstreams are kept."""


class Owner:
    """Stands for one client's connection, for which idle connections to upstreams are kept.

    It holds none of them: the pool does, and closes them once the client has left.
    """

    __slots__ = ("has_left",)

    def __init__(self) -> None:
        self.has_left = False
