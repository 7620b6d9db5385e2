"""The tests. A folder says what its tests need: see `markers` in pyproject.toml."""
