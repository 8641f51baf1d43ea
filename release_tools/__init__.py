"""What `make release` runs: an archive of the sources, a wheel, an SBOM, notes and checksums.

``source`` takes the files of a commit, ``packages`` builds them, ``sbom`` lists what the lock files
name (``locks``) with their licences (``licences``), and ``notes`` cuts the changelog.
"""


class CannotRelease(Exception):
    """A sentence for the person who runs it: what is wrong, where, and how to mend it."""
