"""For whom connections to upstreams are kept."""


class Owner:
    """A client's connection, as far as connections to upstreams are its own."""

    __slots__ = ("has_left",)

    def __init__(self) -> None:
        self.has_left = False
