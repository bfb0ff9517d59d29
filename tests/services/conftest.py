from tests.services.harness import services
from tests.services.production import collected

__all__ = ["collected", "services"]
