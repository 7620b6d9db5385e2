"""Clients on LiveKit's Python SDK, each a program of its own."""
