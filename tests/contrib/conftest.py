"""What the files of contrib/ are held against: a service, and the programs that they are for."""

from tests.service.conftest import Make, service

__all__ = ["Make", "service"]
