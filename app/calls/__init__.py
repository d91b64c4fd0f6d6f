"""Calls, turns, events, collected fields; the recorder."""
