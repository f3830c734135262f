"""Brings the phone number that somebody typed into a form into the international form, and keeps it if it can be one."""

import os

import account
import phonenumbers


def handler(event, context):
    typed = str(event["data"]["attributes"]["event_properties"]["phone"])
    region = ((context.profile or {}).get("attributes", {}).get("location") or {}).get("country")
    try:
        number = phonenumbers.parse(typed, region if region and len(region) == 2 else os.environ.get("REGION", "DE"))
    except phonenumbers.NumberParseException as error:
        return {"typed": typed, "phone_number": None, "why": str(error)}
    if not phonenumbers.is_valid_number(number):
        return {"typed": typed, "phone_number": None, "why": "No such number is given out there."}

    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    account.profiles.update(event["data"]["relationships"]["profile"]["data"]["id"], phone_number=e164)
    return {"typed": typed, "phone_number": e164}
