"""Numbers as people read them, and small charts of them, in text."""

_BLOCKS = "▁▂▃▄▅▆▇█"
_UNITS = ("B", "kB", "MB", "GB", "TB")


def rate(per_s: float) -> str:
    return "0" if per_s == 0 else f"{per_s:.1f}" if per_s < 10 else f"{per_s:,.0f}"


def size(number: float) -> str:
    """Return a number of bytes with its unit.

    >>> size(940), size(12_345), size(3_400_000)
    ('940 B', '12 kB', '3.4 MB')
    """
    place = 0
    while number >= 999.5 and place < len(_UNITS) - 1:
        number /= 1000
        place += 1
    return f"{number:,.{0 if number >= 10 or place == 0 else 1}f} {_UNITS[place]}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 0.9995:
        return f"{seconds * 1000:.{1 if seconds < 0.01 else 0}f} ms"
    return f"{seconds:.{1 if seconds < 10 else 0}f} s"


def age(seconds: float) -> str:
    for limit, unit, name in ((90, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(0, seconds / unit):.0f} {name}"
    return f"{seconds / 86_400:.0f} days"


def chart(values: list[int], width: int) -> str:
    """Return the newest *width* values as blocks; a space where there is nothing.

    >>> chart([0, 1, 4, 8], 4)
    ' ▁▄█'
    """
    shown = values[-width:] if width else []
    top = max(shown, default=0)
    if not top:
        return " " * len(shown)
    steps = len(_BLOCKS) - 1
    return "".join(
        _BLOCKS[max(0, round(each / top * (steps + 1)) - 1)] if each else " " for each in shown
    )
