"""The agent program: waits at a LiveKit server, answers each room in a process of its own."""
