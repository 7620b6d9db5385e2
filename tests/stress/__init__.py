"""Repeats and loads that leave nothing behind."""
