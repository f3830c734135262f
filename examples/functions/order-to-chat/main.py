"""Posts a line about every order to a chat room's webhook."""

import os

import requests
from account import Retry


def handler(event, context):
    order = event["data"]["attributes"]["event_properties"]
    who = context.profile["attributes"]["first_name"] if context.profile else None
    items = ", ".join(f"{item['Quantity']} × {item['ProductName']}" for item in order.get("Items", []))
    text = f"{who or 'Somebody'} ordered {items or 'something'} for {order['$value']:.2f} {order.get('$value_currency', '')}"

    answer = requests.post(os.environ["CHAT_URL"], json={"text": text.strip()}, timeout=3)
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Retry(f"the chat answers {answer.status_code}", after_s=30)
    answer.raise_for_status()
    return {"said": text.strip()}
