"""The engine's Python side, without the engine."""
