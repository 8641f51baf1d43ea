"""The parts of a page that a program writes: between ``<!-- name -->`` and ``<!-- /name -->``."""


def read(page: str, name: str) -> str:
    """Return what stands between the marks *name* of *page*; raise ValueError if it has none."""
    return _parts(page, name)[1].strip("\n")


def write(page: str, name: str, text: str) -> str:
    """Return *page* with *text* between its marks *name*; raise ValueError if they are missing."""
    before, _, after = _parts(page, name)
    begin, end = _marks(name)
    return f"{before}{begin}\n{text}\n{end}{after}"


def _parts(page: str, name: str) -> tuple[str, str, str]:
    begin, end = _marks(name)
    before, found, rest = page.partition(begin)
    inner, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"no {begin} and {end}")
    return before, inner, after


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- /{name} -->"
