from tests.services.harness import services

__all__ = ["services"]
