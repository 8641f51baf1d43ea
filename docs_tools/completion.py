"""The shells' files that complete commands and options; click makes them."""

from click.shell_completion import get_completion_class

from sigproxy.cli import main

VARIABLE = "_SIGPROXY_COMPLETE"  # as click names it for a program called sigproxy


def script(shell: str) -> str:
    """Return what *shell* (bash, zsh, fish) reads; it asks sigproxy itself when Tab is pressed."""
    found = get_completion_class(shell)
    assert found is not None
    made = found(main, {}, "sigproxy", VARIABLE)
    # What `source` adds for bash asks the bash of this machine for its version.
    text = made.source_template % made.source_vars()
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
