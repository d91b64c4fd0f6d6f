"""The worker program: jobs of the outbox as Dramatiq actors, and the upkeep that lets none get lost."""
