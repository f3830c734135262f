"""Mail through Amazon SES."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cdp.adapters.aws.clients import code_of, faults, sesv2
from cdp.adapters.mime import message
from cdp.errors import Rejected, Unavailable
from cdp.model.mail import mail_address
from cdp.ports import Mail

# Of the mail itself: another try would end the same.
_REFUSED = frozenset({"BadRequestException", "MessageRejected", "InvalidParameterValue"})
# Of the account: somebody has to put it right, and then the mail goes out.
_SHUT = frozenset({
    "AccountSuspendedException", "AccountSuspended", "SendingPausedException", "AccountSendingPausedException",
    "MailFromDomainNotVerifiedException", "MailFromDomainNotVerified", "NotFoundException",
})  # fmt: skip


class SesPost:
    """`cdp.ports.Post`. SES knows no repeats: a mail that is handed over twice goes out twice, with one `X-Mail-Id`."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, mail: Mail) -> None:
        raw = message(mail, self._sender)
        try:
            with faults("mail"):
                sesv2().send_email(
                    FromEmailAddress=self._sender,
                    Destination={"ToAddresses": [mail_address(one, "to") for one in mail.to]},
                    Content={"Raw": {"Data": raw}},
                )
        except ClientError as error:
            if code_of(error) in _REFUSED:
                raise Rejected(f"The mail was refused: {code_of(error)}", field="to") from error
            if code_of(error) in _SHUT:
                raise Unavailable(f"mail: {error}", retry_after_s=60) from error
            raise
