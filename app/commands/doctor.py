"""`otklik doctor`: what is configured, reachable and missing, and what to do about it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import click

from app.i18n import cli_language, translate

_SIGNS = {"ok": "✓", "warning": "!", "error": "✗"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object: {ok, checks: [{check, state, detail, fix}]}.")
@click.option("--providers", is_flag=True, help="A real round trip with each provider of speech and language instead.")
@click.option("--company", help="With --providers: slug of a company, whose keys and bots are taken in.")
@click.pass_context
def command(context: click.Context, *, as_json: bool, providers: bool, company: str | None) -> None:
    """Check the installation. Exit code 1 when something that is needed is broken."""
    if company is not None and not providers:
        raise click.UsageError(translate(cli_language(), "cli.doctor.company_alone"))
    if providers:
        context.exit(_round_trips(company, as_json=as_json))
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


def _round_trips(company: str | None, *, as_json: bool) -> int:
    from app.commands.probing import trips

    lang = cli_language()
    found = asyncio.run(trips(company, lang))
    if found is None:
        click.echo(translate(lang, "cli.doctor.no_company", company=company), err=True)
        return 2
    good = all(trip.ok for trip in found)
    if as_json:
        click.echo(json.dumps({"ok": good, "providers": [asdict(trip) for trip in found]}, ensure_ascii=False))
    else:
        for trip in found:
            click.echo(f"{_SIGNS['ok' if trip.ok else 'error']} {trip.detail}")
            if trip.fix:
                click.echo(f"    {trip.fix}")
    return 0 if good else 1
