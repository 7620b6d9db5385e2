"""Transcriptions of rooms."""
