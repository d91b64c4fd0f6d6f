"""Otklik: voice agents that answer a company's phone."""

__version__ = "0.1.0"
