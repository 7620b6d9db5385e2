"""Recordings are watched and listened to: what counts is what plays."""
