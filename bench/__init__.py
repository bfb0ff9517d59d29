"""The product beside a reference, in one run: python -m bench (docs/performance.md)."""
