"""Endpoints, messages, signing, delivery."""
