"""Telephone and LiveKit: rooms, tokens, numbers."""
