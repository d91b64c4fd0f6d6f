"""Measurements, run as `python -m bench.NAME [--json]`; each prints ratios against a bare baseline of the same run."""
