"""Fill the demo once, play its story against the running server, and leave ``demo.json``."""

import argparse
import json
import os
import sys
import time
from datetime import datetime
from typing import Any


def main(arguments: list[str] | None = None) -> int:
    """Fill, play, tell; return 0 when the story ran through."""
    given = argparse.ArgumentParser(prog="liren demo")
    given.add_argument("--url", required=True)
    given.add_argument("--people", type=int, default=20_600, help="how many people to make up, for a quick look")
    given.add_argument("--cases", type=int, default=400, help="how many cases to make")
    known = given.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    import django  # noqa: PLC0415

    django.setup()
    return play(known.url, people=known.people, cases=known.cases)


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def play(url: str, *, people: int, cases: int) -> int:
    """Play the demo against a server."""
    from django.conf import settings  # noqa: PLC0415

    from liren.base import clock  # noqa: PLC0415
    from liren.conf.demo import filling  # noqa: PLC0415
    from liren.conf.demo.story import Story  # noqa: PLC0415

    at: datetime = clock.now()
    filling.fill(at=at, say=say, people=people, cases=cases)
    say("故事 the story")
    clerk, officer, head = filling.actors()
    story = Story(url=url, villager=filling.villager(), clerk=clerk, officer=officer, head=head, say=say)
    ok = story.play()
    ok = (
        story.run(
            "导入流动人口登记簿，对账，两人签字 the register of incomers is brought in and signed by two",
            lambda: filling.bring_a_sheet(story, at),
        )
        and ok
    )
    begun = time.monotonic()
    whole = filling.journal_is_whole()
    seconds = round(time.monotonic() - begun, 3)
    story.steps.append({"name": "日志校验 the journal is verified", "seconds": seconds})
    say(f"  {'✓' if whole else '✗'} 日志校验 the journal is verified  {seconds:.2f} s")
    report: dict[str, Any] = {
        "places": filling.counts(),
        "pilots": filling.pilots(),
        "story": {"ok": ok and whole, "steps": story.steps},
    }
    target = settings.HOME / "demo.json"
    target.write_text(json.dumps(report, ensure_ascii=False, indent=2))
    say(f"写入 written: {target}")
    filling.tell(url, say)
    return 0 if ok and whole else 1


if __name__ == "__main__":
    sys.exit(main())
