"""``liren manage journal_verify``: prove that no sealed line of the journal was changed, removed or inserted."""

import sys
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localtime

from liren.base import clock
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.actions import seal_journal
from liren.foundation.access.queries import phrase, prove_journal

MOST_SHOWN = 100


class Command(BaseCommand):
    """Reads the whole journal in a stream; exit status 1 says that something is wrong, and the lines say what."""

    help = "Prove that no sealed line of the journal was changed, removed or inserted."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take heads that an auditor wrote down, and whether to seal first."""
        parser.add_argument(
            "--head", action="append", default=[], metavar="NUMBER:DIGEST", help="a head written down earlier"
        )
        parser.add_argument(
            "--no-seal", action="store_true", help="leave finished lines unsealed that are not sealed yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal what has ended, verify, say what was found."""
        if not options["no_seal"]:
            with applied(Scope.everything()):
                seal_journal(at=clock.now())
        noted = [(int(number), digest) for number, _, digest in (head.partition(":") for head in options["head"])]
        began = perf_counter()
        with applied(Scope.everything()):
            proof = prove_journal(noted=noted)
        for finding in proof.findings[:MOST_SHOWN]:
            what = "seal" if finding.fault.startswith("seal") else "line"
            when = f" {localtime(finding.at):%Y-%m-%d %H:%M:%S}" if finding.at else ""
            verb = f" {finding.verb} ({phrase(finding.verb)})" if finding.verb else ""
            self.stdout.write(self.style.ERROR(f"{finding.fault}: {what} {finding.number}{when}{verb}"))
        hidden = len(proof.findings) - MOST_SHOWN
        if hidden > 0:
            self.stdout.write(f"… and {hidden} more")
        seconds = perf_counter() - began
        self.stdout.write(
            f"{proof.lines} lines in {proof.seals} seals verified in {seconds:.1f} s, {proof.unsealed} not sealed yet; "
            f"head {proof.head or 'none'}; " + ("NOT whole" if proof.findings else "whole")
        )
        if proof.findings:
            sys.exit(1)
