"""Passwords, tokens, CSRF and headers, rate limit, outbound URL guard."""
