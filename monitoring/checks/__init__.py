"""The logic checks of a monitoring table. Importing the package registers them all; `registry` runs them."""

from monitoring.checks import consistency, department, indicators, money, registry, structure, texts

__all__ = ["consistency", "department", "indicators", "money", "registry", "structure", "texts"]
