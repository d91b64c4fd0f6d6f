"""Engine, tenant scope, declarative base, outbox."""
