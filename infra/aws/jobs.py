"""Jobs and dead letters of a deployment, as `regulars jobs` has them for one machine.

python -m infra.aws.jobs [--stack regulars] dead [ROOM]           messages set aside, one JSON object a line
python -m infra.aws.jobs [--stack regulars] replay ROOM [ID …]    back into the inbox: these, or all
python -m infra.aws.jobs [--stack regulars] drop ROOM ID …       these dead letters for good
python -m infra.aws.jobs [--stack regulars] run JOB               a scheduled job now, in the background
"""

from __future__ import annotations

import argparse
import json
from urllib.parse import urlsplit

from cdp import connect
from cdp.adapters.aws.clients import sqs
from cdp.events import Scheduled, encode
from cdp.ports import Queue
from infra.aws.deploy import outputs
from infra.specs import rooms


def inbox(stack: str, room: str) -> Queue:
    """The inbox of a deployed room."""
    url = sqs().get_queue_url(QueueName=f"{stack}-{room}")["QueueUrl"]
    bucket = urlsplit(outputs(stack)["LakeLocation"]).netloc
    return connect.queue(f"sqs+{url}?dead={url}-dead&spill={bucket}")


def dead(stack: str, room: str | None) -> None:
    for name in [room] if room else [spec.name for spec in rooms() if spec.inbox]:
        for letter in inbox(stack, name).dead_letters():
            shown = {"room": name, "id": letter.id, "set_aside_at": letter.set_aside_at.isoformat()}
            print(json.dumps(shown | {"reason": letter.reason, "message": letter.body}))


def replay(stack: str, room: str, ids: list[str]) -> None:
    print(f"{inbox(stack, room).replay(ids or None)} back in the inbox of {room}")


def drop(stack: str, room: str, ids: list[str]) -> None:
    print(f"{inbox(stack, room).drop(ids)} removed from the dead letters of {room}")


def run(stack: str, job: str) -> None:
    owners = [spec.name for spec in rooms() for schedule in spec.schedules if schedule.name == job]
    if not owners:
        raise SystemExit(f"no schedule is called {job!r}")
    for room in owners:
        inbox(stack, room).send([encode(Scheduled(job=job))])
        print(f"{job} is in the inbox of {room}")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Jobs and dead letters of a deployed stack")
    arguments.add_argument("--stack", default="regulars")
    commands = arguments.add_subparsers(dest="command", required=True)
    commands.add_parser("dead").add_argument("room", nargs="?")
    replaying = commands.add_parser("replay")
    replaying.add_argument("room")
    replaying.add_argument("ids", nargs="*")
    dropping = commands.add_parser("drop")
    dropping.add_argument("room")
    dropping.add_argument("ids", nargs="+")
    commands.add_parser("run").add_argument("job")
    given = arguments.parse_args()
    if given.command == "dead":
        dead(given.stack, given.room)
    elif given.command == "replay":
        replay(given.stack, given.room, given.ids)
    elif given.command == "drop":
        drop(given.stack, given.room, given.ids)
    else:
        run(given.stack, given.job)


if __name__ == "__main__":
    main()
