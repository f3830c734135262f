"""Accounts of a deployment.

    python -m infra.aws.account --name N --timezone TZ --currency C [--stack regulars]

prints {"account_id", "private_key", "public_key", "url"} as JSON; the private key is shown this once.
"""

from __future__ import annotations

import argparse
import json
import sys

from cdp import connect
from cdp.documents import accounts
from infra.aws.deploy import outputs


def main() -> None:
    arguments = argparse.ArgumentParser(description="Create an account in a deployed stack")
    for name in ("name", "timezone", "currency"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--stack", default="regulars")
    given = arguments.parse_args()
    deployed = outputs(given.stack)
    table = connect.table(f"dynamodb://{deployed['TableName']}")
    account, key = accounts.create(table, name=given.name, timezone=given.timezone, currency=given.currency)
    shown = {"account_id": account.id, "private_key": key, "public_key": account.id, "url": deployed["Url"]}
    json.dump(shown, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
