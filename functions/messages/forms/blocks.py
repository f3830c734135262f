"""Shapes of what stands in a form: its blocks, and what a click on one does. Pure."""

from __future__ import annotations

from typing import Any

from cdp.errors import Rejected
from functions.messages.forms import styles
from functions.messages.shapes import (
    FLAG,
    INSTANT,
    INTEGER,
    TEXT,
    ZONE,
    Check,
    by,
    many,
    one_of,
    shape,
)


def _nothing(value: Any, at: str) -> Any:
    raise Rejected("Expected null.", field=at)  # a null does not come this far


_YES, _NO = one_of(True), one_of(False)
_LIST = shape(list_id=TEXT)
_SENDING = shape({"opt_in_message": TEXT}, opt_in_keyword=TEXT, sending_number=TEXT)


def _action(properties: Check, submit: Check = FLAG, *, needed: bool = False) -> Check:
    if submit is FLAG:
        fields: dict[str, Check] = {"submit": FLAG}
        if needed:
            return shape({**fields, "properties": properties}, id=TEXT)
        return shape(fields, id=TEXT, properties=properties)
    if needed:
        return shape({"properties": properties}, id=TEXT, submit=submit)
    return shape(id=TEXT, submit=submit, properties=properties)


ACTION = by(
    "type",
    {
        "close": _action(_LIST),
        "next_step": _action(_LIST),
        "open_form": _action(
            shape({"form_id_to_open": TEXT}, close_form=FLAG), _YES, needed=True
        ),
        "promotional_sms_subscription": _action(_nothing, _YES),
        "redirect": _action(shape(list_id=TEXT, url=TEXT, new_window=FLAG), needed=True),
        "resend_opt_in_code": _action(_nothing, _NO),
        "submit_opt_in_code": _action(_nothing, _YES),
        "subscribe_via_sms": _action(_SENDING, _YES, needed=True),
        "subscribe_via_whatsapp": _action(_SENDING, _YES, needed=True),
        "go_to_inbox": _action(_nothing, _YES),
        "submit_back_in_stock": _action(_LIST, _YES),
        "skip_to_success": _action(shape(), _NO, needed=True),
        "iaf_deeplink_to_screen": _action(shape(deep_link_url=TEXT), _YES, needed=True),
    },
)
_ERRORS = shape(required=TEXT, invalid=TEXT)
_SHOWN = {"display_device": many(styles.DEVICE), "classname": TEXT}
_LABELLED = {**_SHOWN, "label": TEXT, "show_label": FLAG, "error_messages": _ERRORS}
_ASKING = {**_LABELLED, "placeholder": TEXT, "required": FLAG}
_NAME = {"property_name": TEXT}
_CHOICE = shape({**_NAME, "options": many(shape({"label": TEXT, "value": TEXT}))}, **_ASKING)
_MORE = many(shape({"name": TEXT, "value": TEXT}))
_CONSENT = one_of("phone_number_only", "promotional", "transactional")
_CHANNEL = shape(consent_type=_CONSENT)


def _consent(name: str, **further: Check) -> Check:
    """A box to tick, never ticked beforehand nor required."""
    return shape(
        {"checkbox_text": TEXT},
        **_LABELLED,
        required=_NO,
        property_name=one_of(name),
        placeholder=_nothing,
        **further,
    )


def _block(look: Check, properties: Check, *, needed: bool = True, **further: Check) -> Check:
    fields = {"id": TEXT, "styles": look, **further}
    if needed:
        return shape({"properties": properties}, **fields)
    return shape(properties=properties, **fields)


_AGE_GATE = shape(
    **_LABELLED,
    placeholder=TEXT,
    property_name=one_of("$age_gated_date_of_birth"),
    date_format=TEXT,
    sms_country_code=one_of("AT", "AU", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "PT", "US"),
    required=_YES,
)
_COUPON = by(
    "type",
    {
        "unique": shape(
            id=INTEGER,
            code=TEXT,
            fallback_coupon_code=TEXT,
            integration=one_of(
                "api", "magento_two", "prestashop", "shopify", "uploaded", "woocommerce"
            ),
        ),
        "static": shape(text=TEXT),
    },
)
_TIMER = by(
    "type",
    {
        "fixed": shape({"timezone": ZONE}, end_time=INSTANT),
        "variable": shape({"days": INTEGER, "hours": INTEGER, "minutes": INTEGER}),
    },
)
_WHEEL = shape(
    {"slices": many(shape({"label": TEXT, "probability": INTEGER, "step_id": TEXT}))},
    **_SHOWN,
    duplicate_slices=FLAG,
)
_WHEEL_LOOK = styles.block(
    slice_styles=many(shape(background_color=TEXT, text_color=TEXT)),
    text_styles=styles.TEXT_STYLE,
    center_color=TEXT,
    outline_color=TEXT,
    outline_thickness=INTEGER,
    pin_color=TEXT,
    wheel_size=INTEGER,
)
_DISCLOSURE = by(
    "type",
    {
        "custom": shape(
            compliance_company_name=TEXT, privacy_policy_url=TEXT, terms_of_service_url=TEXT, html=TEXT
        ),
        "account_default": shape(html=TEXT),
    },
)
BLOCK = by(
    "type",
    {
        "button": _block(
            styles.BUTTON, shape({"label": TEXT}, **_SHOWN, additional_fields=_MORE), action=ACTION
        ),
        "age_gate": _block(styles.PLAIN, _AGE_GATE, display_device=many(styles.DEVICE)),
        "coupon": _block(
            styles.COUPON, shape({"coupon": _COUPON}, **_SHOWN, success_message=TEXT)
        ),
        "date": _block(styles.PLAIN, shape(_NAME, **_ASKING, date_format=TEXT)),
        "email": _block(styles.PLAIN, shape(**_ASKING, property_name=one_of("$email"))),
        "html_text": _block(styles.PLAIN, shape(**_SHOWN, content=TEXT), needed=False),
        "opt_in_code": _block(
            styles.PLAIN,
            shape(
                **_LABELLED, placeholder=TEXT, property_name=one_of("opt_in_code"), required=_YES
            ),
        ),
        "phone_number": _block(
            styles.PLAIN,
            shape(
                **_ASKING,
                property_name=TEXT,
                sms_consent_type=many(_CONSENT),
                channel_settings=shape(sms=_CHANNEL, whatsapp=_CHANNEL),
            ),
        ),
        "promotional_sms_checkbox": _block(
            styles.ALIGNED,
            _consent("opt_in_promotional_sms", channels=many(one_of("sms", "whatsapp"))),
        ),
        "bis_promotional_email_checkbox": _block(
            styles.ALIGNED, _consent("opt_in_promotional_email")
        ),
        "text": _block(styles.PLAIN, shape(_NAME, **_ASKING)),
        "checkboxes": _block(styles.ARRANGED, _CHOICE),
        "radio_buttons": _block(styles.ARRANGED, _CHOICE),
        "dropdown": _block(styles.PLAIN, _CHOICE),
        "image": _block(
            styles.PICTURE,
            shape({"image": styles.IMAGE}, **_SHOWN, additional_fields=_MORE),
            action=ACTION,
        ),
        "countdown_timer": _block(
            styles.TIMER,
            shape(
                {"configuration": _TIMER},
                **_SHOWN,
                clock_face=one_of("flip", "simple"),
                animation=one_of("flash", "heartbeat", "pulse"),
            ),
        ),
        "signup_counter": _block(
            styles.PLAIN,
            shape(
                {
                    "timeframe": one_of("1_hour", "24_hours", "30_days", "7_days"),
                    "min_submits": INTEGER,
                    "content": TEXT,
                },
                **_SHOWN,
            ),
        ),
        "spin_to_win": _block(_WHEEL_LOOK, _WHEEL),
        "sms_disclosure": _block(
            styles.DISCLOSURE, shape(**_SHOWN, content=_DISCLOSURE), needed=False
        ),
        "review": _block(
            styles.REVIEW,
            shape(
                **_SHOWN,
                author=TEXT,
                content=TEXT,
                rating=INTEGER,
                verified=FLAG,
                review_id=INTEGER,
                show_rating=FLAG,
                show_author=FLAG,
                show_verified=FLAG,
            ),
        ),
        "custom_html": _block(shape(), shape(**_SHOWN, content=TEXT), needed=False),
    },
)
