"""Texts from clients and vendors, without what a terminal would obey."""


def printable(text: str) -> str:
    """Return *text* with a replacement for each control and format character.

    An escape sequence could clear the screen, or make a wrong host look right.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
