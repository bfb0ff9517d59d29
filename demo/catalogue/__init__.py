"""What the demo city's departments do: works by field, and the indicators that fit each shape of work."""
