"""Where no mail is sent: nobody has said yet what address it comes from."""

from __future__ import annotations

import logging

from cdp.ports import Mail

log = logging.getLogger("regulars.mail")


class NoPost:
    """`cdp.ports.Post`."""

    def send(self, mail: Mail) -> None:
        log.warning("mail %s is not sent: deploy with MAIL_FROM to name the sender", mail.id)
