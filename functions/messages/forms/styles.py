"""Shapes of how a form looks. Pure."""

from __future__ import annotations

from functions.messages.shapes import FLAG, INTEGER, NUMBER, TEXT, Check, either, one_of, shape

SIDES = one_of("center", "left", "right")
DEVICE = one_of("both", "desktop", "mobile")
CORNERS = one_of(
    "bottom_center",
    "bottom_left",
    "bottom_right",
    "center_left",
    "center_right",
    "top_center",
    "top_left",
    "top_right",
)
MARGIN = shape(left=INTEGER, right=INTEGER, top=INTEGER, bottom=INTEGER)
PADDING = MARGIN
_WEIGHT = one_of(*range(100, 901, 100))
_LETTERS = {
    "font_family": TEXT,
    "font_size": INTEGER,
    "font_weight": _WEIGHT,
    "font_style": TEXT,
    "text_decoration": TEXT,
}
TEXT_STYLE = shape(**_LETTERS, text_color=TEXT, character_spacing=INTEGER)
BORDER = shape(radius=INTEGER, color=TEXT, style=one_of("dashed", "dotted", "solid"), thickness=INTEGER)
OFFSET_SHADOW = shape(enabled=FLAG, color=TEXT, blur=INTEGER, x_offset=INTEGER, y_offset=INTEGER)
SHADOW = shape(enabled=FLAG, blur=INTEGER, color=TEXT)
IMAGE = shape(src=TEXT, alt_text=TEXT, original_image_url=TEXT, id=INTEGER, asset_id=INTEGER)
BACKGROUND = shape(
    {"properties": IMAGE},
    styles=shape(
        horizontal_alignment=SIDES,
        width=INTEGER,
        position=one_of("contain", "cover", "custom"),
        vertical_alignment=one_of("bottom", "center", "top"),
        custom_width=INTEGER,
    ),
)


def block(**further: Check) -> Check:
    """The look of a block."""
    return shape(padding=PADDING, background_color=TEXT, **further)


PLAIN = block()
ALIGNED = block(horizontal_alignment=SIDES)
ARRANGED = block(arrangement=one_of("horizontal", "vertical"), alignment=SIDES)
BUTTON = block(
    width=one_of("fill", "fit"),
    height=either(INTEGER, one_of("auto")),
    alignment=SIDES,
    hover_background_color=TEXT,
    hover_text_color=TEXT,
    border_styles=BORDER,
    text_styles=TEXT_STYLE,
    color=TEXT,
    drop_shadow=OFFSET_SHADOW,
)
COUPON = block(text_styles=TEXT_STYLE, border_styles=BORDER, coupon_background_color=TEXT)
PICTURE = block(horizontal_alignment=SIDES, width=INTEGER, drop_shadow=OFFSET_SHADOW)
TIMER = block(
    text_styles=TEXT_STYLE, card_color=TEXT, label_font_size=INTEGER, label_font_weight=_WEIGHT
)
DISCLOSURE = block(link_styles=TEXT_STYLE, text_styles=TEXT_STYLE)
_WORDS = {
    "font_family": TEXT,
    "font_size": INTEGER,
    "text_color": TEXT,
    "character_spacing": INTEGER,
    "font_weight": INTEGER,
    "font_style": TEXT,
    "text_decoration": TEXT,
    "alignment": SIDES,
    "line_height": NUMBER,
}
REVIEW = block(
    rating_style=shape(
        color=TEXT,
        empty_color=TEXT,
        font_size=INTEGER,
        shape=one_of("circle", "heart", "star"),
        alignment=SIDES,
        character_spacing=NUMBER,
    ),
    quote_style=shape(**_WORDS),
    reviewer_name_style=shape(layout=one_of("inline", "stacked"), **_WORDS),
    block_background_color=TEXT,
)
CLOSE_BUTTON = shape(
    background_color=TEXT, outline_color=TEXT, color=TEXT, stroke=NUMBER, size=INTEGER, margin=MARGIN
)
TEASER = shape(
    background_color=TEXT,
    drop_shadow=SHADOW,
    corner_radius=INTEGER,
    background_image=BACKGROUND,
    close_button=CLOSE_BUTTON,
    margin=MARGIN,
)
_RICH = shape(
    **_LETTERS,
    text_color=TEXT,
    line_spacing=NUMBER,
    character_spacing=INTEGER,
    alignment=SIDES,
    margin=shape(left=one_of(0), right=one_of(0), top=one_of(0), bottom=INTEGER),
)
VERSION = shape(
    wrap_content=one_of(False),
    border_styles=BORDER,
    close_button=CLOSE_BUTTON,
    margin=MARGIN,
    padding=PADDING,
    minimum_height=INTEGER,
    width=one_of("custom", "full", "large", "medium", "small"),
    custom_width=INTEGER,
    background_image=BACKGROUND,
    background_color=TEXT,
    input_styles=shape(
        text_styles=TEXT_STYLE,
        label_color=TEXT,
        text_color=TEXT,
        placeholder_color=TEXT,
        background_color=TEXT,
        border_color=TEXT,
        border_focus_color=TEXT,
        focus_outline_color=TEXT,
        corner_radius=INTEGER,
        field_height=INTEGER,
    ),
    drop_shadow=SHADOW,
    overlay_color=TEXT,
    rich_text_styles=shape(
        body=_RICH,
        link=shape(color=TEXT, decoration=one_of("underline")),
        h1=_RICH,
        h2=_RICH,
        h3=_RICH,
        h4=_RICH,
        h5=_RICH,
        h6=_RICH,
    ),
    mobile_overlay=shape(color=TEXT, enabled=one_of(False)),
    banner_styles=shape(
        desktop_position=one_of("bottom", "top"),
        mobile_position=one_of("bottom", "top"),
        scroll_with_page=FLAG,
    ),
    custom_css=shape(enabled=FLAG, css=TEXT),
)
DYNAMIC_TEXT = shape(**_LETTERS, font_color=TEXT, letter_spacing=INTEGER)
DYNAMIC_BUTTON = shape(
    color=TEXT,
    border_radius=INTEGER,
    height=INTEGER,
    width=one_of("fitToText", "fullWidth"),
    alignment=SIDES,
    border=shape(
        enabled=FLAG, color=TEXT, style=one_of("dashed", "dotted", "solid"), width=INTEGER
    ),
    drop_shadow=OFFSET_SHADOW,
)
