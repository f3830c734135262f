"""Marks the profile of whoever places a big order, and puts it on a list."""

import os

import account


def handler(event, context):
    if context.profile is None:
        return {"marked": None}
    attributes = event["data"]["attributes"]
    account.profiles.update(
        context.profile["id"],
        properties={"big_order_at": attributes["datetime"], "big_order_value": attributes["event_properties"]["$value"]},
    )
    if list_id := os.environ.get("LIST_ID"):
        account.lists.add(list_id, [context.profile["id"]])
    return {"marked": context.profile["id"]}
