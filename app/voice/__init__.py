"""Conversations: the scenario engine inside a livekit-agents session, transports, providers."""
