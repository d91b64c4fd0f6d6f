"""The JSON API, version 1: controllers and what they answer with."""
