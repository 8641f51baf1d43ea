"""``python -m sigproxy``: the same as the ``sigproxy`` command."""

from sigproxy.cli import main

main()
