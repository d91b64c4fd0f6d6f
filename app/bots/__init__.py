"""Bots, config versions, phone numbers."""
