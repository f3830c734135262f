"""A product as a fragment of an e-mail: a table with inline styles, as every mail program shows it. Pure.

Everything that comes from the catalog is escaped; addresses other than http and https are left out.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape
from urllib.parse import urlsplit

from cdp.documents.catalog import CatalogItem

BUTTON = "View product"
_LONGEST_BUTTON, _LONGEST_TITLE = 60, 200
_WHOLE = frozenset(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"])
_THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FONT = "font-family:Helvetica,Arial,sans-serif"
_IMAGE = """\
<tr><td align="center" style="padding:0 0 16px 0">{linked}</td></tr>
"""
_PICTURE = (
    '<img src="{image}" alt="{title}" width="280" style="display:block;width:280px;max-width:100%;height:auto;border:0">'
)
_FRAGMENT = """\
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse">
<tr><td align="center" style="padding:16px">
<table role="presentation" width="280" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;width:280px;max-width:100%">
{image}<tr><td align="center" style="{font};font-size:18px;line-height:24px;font-weight:bold;color:#1a1a1a;padding:0 0 8px 0">{title}</td></tr>
{price}{button}</table>
</td></tr>
</table>
"""
_PRICE = """\
<tr><td align="center" style="{font};font-size:16px;line-height:24px;color:#555555;padding:0 0 16px 0">{price}</td></tr>
"""
_BUTTON = """\
<tr><td align="center"><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td align="center" bgcolor="#1a1a1a" style="background-color:#1a1a1a;border-radius:4px"><a href="{url}" target="_blank" style="{font};display:inline-block;padding:12px 24px;font-size:16px;line-height:20px;color:#ffffff;text-decoration:none">{text}</a></td>
</tr></table></td></tr>
"""


def fragment(of: CatalogItem, currency: str, button: str | None = None) -> str:
    """Image, title, price in the account's currency, button. What the catalog does not have is left out."""
    title, url = escape(of.title[:_LONGEST_TITLE]), _address(of.url)
    image = _address(of.image_full_url) or _address(of.image_thumbnail_url)
    picture = _PICTURE.format(image=image, title=title) if image else ""
    linked = f'<a href="{url}" target="_blank">{picture}</a>' if url and picture else picture
    text = escape((button or "").strip()[:_LONGEST_BUTTON] or BUTTON)
    return _FRAGMENT.format(
        font=_FONT,
        title=title,
        image=_IMAGE.format(linked=linked) if picture else "",
        price="" if of.price is None else _PRICE.format(font=_FONT, price=escape(price(of.price, currency))),
        button=_BUTTON.format(font=_FONT, url=url, text=text) if url else "",
    )


def price(amount: float, currency: str) -> str:
    """`1,234.50 EUR`: with as many decimals as the currency has."""
    decimals = 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2
    return f"{Decimal(str(amount)):,.{decimals}f} {currency}"


def _address(text: str | None) -> str:
    """Escaped; empty if it is no http or https address."""
    if not text:
        return ""
    try:
        at = urlsplit(text.strip())
    except ValueError:
        return ""
    return escape(text.strip()) if at.scheme in ("http", "https") and at.netloc else ""
