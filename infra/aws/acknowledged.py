"""Findings of cdk-nag that we accept, each with its reason. Any other finding fails `make synth`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, CfnElement, Stack, Validations
from constructs import Construct

from cdp.spec import Auth
from infra.aws.storage import RESULTS_PREFIX
from infra.aws.values import LAKE_PREFIX, SPILL_PREFIX

if TYPE_CHECKING:
    from infra.aws.stack import Regulars

RUNTIME = "The layers hold binary wheels, built and tested for Python 3.13; all of them move together."
LAST_STOP = "This queue is itself where undeliverable messages end; an alarm watches it."
PUBLIC = {
    Auth.PUBLIC: "Called by browsers with the account's public id, as the public API defines it; it only takes in "
    "events and profiles, and limits are counted by account.",
    Auth.OPEN: "Health, the API's description and the answer to unknown paths tell nothing of any account.",
}


def acknowledge(stack: Regulars) -> None:
    """Whatever concerns the stack as a whole; open routes are acknowledged where they are made."""
    _accept(stack, "L1", RUNTIME)
    _accept(stack.messaging.undelivered, "SQS3", LAST_STOP)
    table = f"<{_logical_id(stack.storage.table)}.Arn>"
    bucket = f"<{_logical_id(stack.storage.bucket)}.Arn>"
    glue, secrets = "arn:aws:glue:<AWS::Region>:<AWS::AccountId>", "arn:aws:secretsmanager:<AWS::Region>"
    results = f"{bucket}/{RESULTS_PREFIX}/*"
    _wildcards(stack, [f"{table}/index/*"], "The four indexes of the one table.")
    _wildcards(
        stack,
        [f"{bucket}/{LAKE_PREFIX}/*"],
        "The lake's objects; their names are given when they are written.",
    )
    _wildcards(
        stack, [f"{bucket}/{SPILL_PREFIX}/*"], "Message bodies that SQS cannot carry, one object each."
    )
    _wildcards(stack, [results], "Results of Athena queries, one object each.")
    _wildcards(
        stack,
        [
            f"{glue}:database/{stack.storage.database_prefix}*",
            f"{glue}:table/{stack.storage.database_prefix}*/*",
        ],
        "Every account has its own database, made when its first event arrives.",
    )
    granted = {grant.resource for room in stack.rooms for grant in room.spec.grants}
    folders = sorted(name.partition(":")[2] for name in granted if name.startswith("secrets:"))
    _wildcards(
        stack,
        [f"{secrets}:<AWS::AccountId>:secret:{stack.storage.secrets_prefix}/{folder}/*" for folder in folders],
        "Secrets of accounts, made at run time below our prefix.",
    )


def open_route(route: Construct, auth: Auth) -> None:
    """A route without the authorizer."""
    _accept(route, "APIG4", PUBLIC[auth])


def _wildcards(stack: Stack, resources: Iterable[str], reason: str) -> None:
    for resource in resources:
        _accept(stack, f"IAM5[Resource::{resource}]", reason)


def _accept(scope: Construct, rule: str, reason: str) -> None:
    Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))


def _logical_id(construct: Construct) -> str:
    element = construct.node.default_child
    if not isinstance(element, CfnElement):
        raise TypeError(f"{construct.node.path} is no resource")
    return Stack.of(construct).get_logical_id(element)
