"""The gateway beside the vendors' NGINX sample: one corpus of raw requests, played to both.

A *case* (``model.py``, ``cases/``) is what a client sends and what must come of it. It is played
(``steps.py``, ``player.py``) through a gateway (``gateways.py``) to a recording upstream
(``upstream/``, ``dns.py``), and the *observation* of both ends is judged (``checks/``).
``lab.py`` holds the parts together; ``python -m tests.parity.table`` writes ``docs/parity.md``.
"""
