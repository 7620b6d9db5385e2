"""The web side: one port for API, signalling, pages, metrics and documentation."""
