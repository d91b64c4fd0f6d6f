"""Companies, users, memberships, sessions, API keys, audit log."""
