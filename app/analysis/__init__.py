"""After the call: outcome, summary, report."""
