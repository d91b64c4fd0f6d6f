"""The dashboard: pages, their templates and what they are built of."""
