"""Shapes of what a flow's actions send. Pure."""

from __future__ import annotations

from functions.messages.flows import conditions
from functions.messages.shapes import (
    FLAG,
    INTEGER,
    OBJECT,
    TEXT,
    by,
    either,
    many,
    one_of,
    or_null,
    shape,
)

_TRACKING = many(shape({"param": TEXT, "value": TEXT}))
EMAIL = shape(
    from_email=TEXT,
    from_label=TEXT,
    reply_to_email=TEXT,
    cc_email=TEXT,
    bcc_email=TEXT,
    subject_line=TEXT,
    preview_text=TEXT,
    template_id=TEXT,
    smart_sending_enabled=FLAG,
    transactional=FLAG,
    add_tracking_params=FLAG,
    custom_tracking_params=_TRACKING,
    additional_filters=conditions.PROFILE,
    name=TEXT,
    id=TEXT,
)
SMS = shape(
    {"body": TEXT},
    image_id=TEXT,
    dynamic_image=TEXT,
    message_hierarchy=many(either(TEXT, OBJECT)),
    shorten_links=FLAG,
    include_contact_card=FLAG,
    add_org_prefix=FLAG,
    add_info_link=FLAG,
    add_opt_out_language=FLAG,
    smart_sending_enabled=FLAG,
    sms_quiet_hours_enabled=FLAG,
    transactional=FLAG,
    add_tracking_params=FLAG,
    custom_tracking_params=_TRACKING,
    template_id=TEXT,
    additional_filters=conditions.PROFILE,
    name=TEXT,
    id=TEXT,
)
PUSH = shape(
    {"body": TEXT},
    title=TEXT,
    sound=FLAG,
    badge=FLAG,
    badge_options=by(
        "badge_config",
        {
            "increment_one": shape(),
            "set_count": shape({"value": TEXT}),
            "set_property": shape({"set_from_property": TEXT}),
        },
    ),
    image_id=TEXT,
    dynamic_image=TEXT,
    video_asset_id=TEXT,
    on_open=one_of("home", "link", "open_url"),
    ios_link=TEXT,
    android_link=TEXT,
    web_url=TEXT,
    push_type=one_of("silent", "standard"),
    kv_pairs=OBJECT,
    conversion_metric_id=TEXT,
    smart_sending_enabled=FLAG,
    additional_filters=conditions.PROFILE,
    action_buttons=many(
        shape(
            {"label": TEXT, "action_type": one_of("deep_link", "dismiss", "open_app", "open_url")},
            position=INTEGER,
            url=TEXT,
            icon=TEXT,
            custom_action_id=TEXT,
        )
    ),
    name=TEXT,
    id=TEXT,
)
WHATSAPP = shape(
    id=TEXT,
    name=TEXT,
    vendor_id=TEXT,
    smart_sending_enabled=FLAG,
    transactional=FLAG,
    add_tracking_params=FLAG,
    additional_filters=conditions.PROFILE,
)
WEBHOOK = shape({"url": or_null(TEXT)}, headers=OBJECT, body=TEXT, name=TEXT, id=TEXT)
ALERT = shape(
    {
        "from_email": or_null(TEXT),
        "from_label": or_null(TEXT),
        "to_emails": many(TEXT),
        "subject_line": or_null(TEXT),
    },
    template_id=TEXT,
    name=TEXT,
    id=TEXT,
)
