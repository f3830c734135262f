"""The account as the API shows it."""

from __future__ import annotations

from cdp.documents.accounts import Account
from cdp.jsonapi.documents import Asked, Json, Resources


def resource(asked: Asked, account: Account, fields: frozenset[str] | None) -> Json:
    """Contact details that we do not keep are null, or empty where clients demand a string."""
    return Resources(asked, "account", "accounts", fields=fields).make(account.id, _attributes(account))


def _attributes(account: Account) -> Json:
    return {
        "test_account": account.test_account,
        "contact_information": {
            "default_sender_name": account.name,
            "default_sender_email": "",
            "website_url": None,
            "organization_name": account.name,
            "street_address": dict.fromkeys(("address1", "address2", "city", "region", "country", "zip")),
        },
        "industry": account.industry,
        "timezone": account.timezone,
        "preferred_currency": account.currency,
        "public_api_key": account.id,
        "locale": account.locale,
    }
