"""What speech and language are bought from: small interfaces over livekit's plugins, chosen by settings."""
