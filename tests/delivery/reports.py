"""Reports of mail servers, as they come."""

from __future__ import annotations


def report(
    *addresses: str, message_id: str = "icb-0@own.example.org", action: str = "failed"
) -> bytes:
    """A report (RFC 3464) that these addresses could not be reached."""
    blocks = "".join(
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        for address in addresses
    )
    text = (
        "From: MAILER-DAEMON@mail.example.org\r\nTo: billing@own.example.org\r\n"
        "Subject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mail.example.org\r\n\r\n{blocks}"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Subject: Invoice\r\nMessage-ID: <{message_id}>\r\n\r\n--b--\r\n"
    )
    return text.encode()
