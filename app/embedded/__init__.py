"""The installation that one command runs: PostgreSQL, Valkey and the vector store from wheels, and their supervisor."""
