"""Transcription: what is cut out of sound, and what becomes of it."""
