"""What a payload's event says, typed: the hot properties of the lake and the lines of an order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

Properties = Mapping[str, Any]
_ORDER_ID = ("OrderId", "order_id", "OrderID", "$order_id")
_PRODUCT_ID = ("ProductID", "product_id", "ProductId", "SKU")
_HOT = frozenset((*_ORDER_ID, *_PRODUCT_ID, "$channel", "$message", "Campaign Name", "$flow"))
_MACHINE = ("Bot Click", "Apple Privacy Open", "Machine Open")
_MESSAGE_TYPE = ("Message Type", "$message_type")
_MESSAGE = frozenset(("$variation", *_MACHINE, *_MESSAGE_TYPE))
_PRODUCT_NAME = ("ProductName", "Name")
_CATEGORIES = ("Categories", "Collections")
_PRODUCT = frozenset((*_PRODUCT_NAME, *_CATEGORIES))
_CHANNELS = {"email": "email", "sms": "sms", "push": "push", "push-notification": "push", "whatsapp": "whatsapp"}
_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}


class Line(msgspec.Struct, gc=False):
    """One line of an order (SPEC §5.6). `item_price` is of one unit, in the order's currency."""

    product_id: str | None
    product_name: str | None
    quantity: float
    item_price: float | None
    categories: str | None


def value_of(given: float | None, properties: Properties) -> float | None:
    """The event's value; `$value` counts when `value` is absent. Infinite and absent are None."""
    value = given if given is not None else number(properties.get("$value"))
    return value if value is not None and -1e300 < value < 1e300 else None


def hot(properties: Properties, unique_id: str | None, metric_name: str) -> tuple[str | None, ...]:
    """The hot columns of the lake: order_id, product_id, channel, message, campaign, flow.

    The order's key is the first present of its names, else the client's own id of the event.
    """
    if _HOT.isdisjoint(properties):
        return (unique_id, None, None, None, None, None)
    return (
        first_text(properties, _ORDER_ID) or unique_id,
        first_text(properties, _PRODUCT_ID),
        channel(properties, metric_name),
        text(properties.get("$message")),
        text(properties.get("Campaign Name")),
        text(properties.get("$flow")),
    )


def of_message(properties: Properties) -> tuple[str | None, int | None, int | None]:
    """Further columns of message events: variation, machine, transactional (1 or None)."""
    if _MESSAGE.isdisjoint(properties):
        return None, None, None
    machine = any(_is_true(properties.get(name)) for name in _MACHINE)
    kind = first_text(properties, _MESSAGE_TYPE)
    transactional = kind is not None and kind.lower() == "transactional"
    return text(properties.get("$variation")), 1 if machine else None, 1 if transactional else None


def of_product(properties: Properties) -> tuple[str, str]:
    """Further columns of product events: product_name, categories (JSON array); empty if there are none.

    Reports name events by them as they would by `properties`: a name is text, or a number or truth value as JSON."""
    if _PRODUCT.isdisjoint(properties):
        return "", ""
    name = next((value for key in _PRODUCT_NAME if isinstance(value := properties.get(key), str | int | float)), "")
    categories = _first(properties, _CATEGORIES)
    listed = categories if isinstance(categories, list) or categories is None else [categories]
    return (
        name if isinstance(name, str) else msgspec.json.encode(name).decode(),
        msgspec.json.encode(listed).decode() if listed else "",
    )


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def channel(properties: Properties, metric_name: str) -> str | None:
    """Channel of a message event: `$channel`, else by the words of the metric's name."""
    named = properties.get("$channel")
    if isinstance(named, str):
        return _CHANNELS.get(named.lower(), named.lower())
    if "$message" not in properties and "Campaign Name" not in properties:
        return None
    words = metric_name.lower().split()
    return next((_CHANNELS[word] for word in words if word in _CHANNELS), None)


def lines(properties: Properties) -> list[Line]:
    """The lines of an order from `Items` or `items`; entries that are no objects are left out."""
    items = properties.get("Items", properties.get("items"))
    if not isinstance(items, list):
        return []
    return [_line(item) for item in items if isinstance(item, dict)]


def _line(item: Properties) -> Line:
    categories = item.get("Categories", item.get("categories"))
    quantity = number(_first(item, ("Quantity", "quantity")))
    return Line(
        product_id=first_text(item, _PRODUCT_ID),
        product_name=first_text(item, ("ProductName", "product_name", "Name", "name")),
        quantity=1.0 if quantity is None else quantity,
        item_price=number(_first(item, ("ItemPrice", "item_price", "price", "Price"))),
        categories=msgspec.json.encode([str(c) for c in categories]).decode() if isinstance(categories, list) else None,
    )


def types(properties: Properties) -> dict[str, str]:
    """Inferred type of every property that has a value."""
    return {name: _TYPES[type(value)] for name, value in properties.items() if value is not None}


def first_text(properties: Properties, names: Sequence[str]) -> str | None:
    value = _first(properties, names)
    if value is None:
        return None
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def number(value: object) -> float | None:
    """A number, or a string that is one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _first(properties: Properties, names: Sequence[str]) -> object:
    for name in names:
        value = properties.get(name)
        if value is not None:
            return value
    return None
