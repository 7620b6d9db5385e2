"""The domain, one behaviour per file."""
