"""`otklik doctor`: what is configured, reachable and missing, and what to do about it."""

from __future__ import annotations

import asyncio
import json

import click

from app.i18n import cli_language, translate

_SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object: {ok, checks: [{check, state, detail, fix}]}.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check the installation. Exit code 1 when something that is needed is broken."""
    from app.embedded.checkup import examine

    findings = asyncio.run(examine(cli_language()))
    good = all(finding.state != "error" for finding in findings)
    if as_json:
        checks = [{"check": f.check, "state": f.state, "detail": f.detail, "fix": f.fix} for f in findings]
        click.echo(json.dumps({"ok": good, "checks": checks}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{_SIGNS[finding.state]} {finding.detail}")
            if finding.fix:
                click.echo(f"    {finding.fix}")
        click.echo(translate(cli_language(), "cli.doctor.good" if good else "cli.doctor.bad"))
    context.exit(0 if good else 1)
