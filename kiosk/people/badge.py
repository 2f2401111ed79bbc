"""An officer's badge: a signed QR code in place of the typed login. It never stands for the PIN.

A token of type 5 (receipt-token.md) that names nobody: its tag is bound to the account's number, and is found among
the accounts that are open. A lost badge opens nothing without the PIN, and nothing at all once the account is closed.
"""

import hmac
import secrets
from datetime import datetime

from db.connection import Store, StoreError
from db.tables import Officer
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.engine import environment
from kiosk.cases.work import Kit
from kiosk.receipts import facts, token
from kiosk.receipts.terminal_keys import to_sign_with
from kiosk.receipts.token import Payload, ReceiptType
from kiosk.receipts.verify import judge
from kiosk.refusals import Code, Refused, refused

BADGE_DAYS = 250
ACCOUNT = "BADGE"


def issue(kit: Kit, login: str, *, now: datetime, signer: Signer) -> str | Refused:
    """The text of a new badge's QR code. Within a writing unit of work. Raises Refuse where no key may sign it."""
    row = Officer.get_or_none(Officer.login == login.strip().lower())
    if row is None or not row.active:
        return refused(Code.OFFICER_DISABLED)
    identity = secrets.token_bytes(6)
    key_id = to_sign_with(kit.keys, ReceiptType.OFFICER_BADGE, now)
    payload = Payload(
        type=ReceiptType.OFFICER_BADGE,
        key_id=key_id,
        office=kit.settings.office.code,
        issued=token.whole_minute(now),
        valid_days=BADGE_DAYS,
        receipt_id=identity,
        holder_tag=_tag(kit, row.id, identity),
        witness=bytes.fromhex(audit.head().hash)[:8],
    )
    audit.append(now, signer, "badge_issued", f"officer:{row.id}", {"badge": identity.hex(), "days": BADGE_DAYS})
    return token.sign(payload, kit.keys.private[key_id])


def login_of(store: Store, kit: Kit, text: str, now: datetime) -> str | Refused:
    """Whose badge was scanned; a refusal where it is none of this office, too old, or of a closed account."""
    try:
        office = kit.settings.office.code
        keys = facts.public_keys(store)
        found = token.verify(
            text.strip().upper(), keys, expected_type=ReceiptType.OFFICER_BADGE, office=office, now=now
        )
        if not isinstance(found, Payload):
            refusal = judge(found, None).refusal()
            assert refusal is not None, "a token that was refused has a refusal"
            return Refused((refusal,))
        with store.reading():
            accounts = [(row.id, row.login) for row in Officer.select(Officer.id, Officer.login).where(Officer.active)]
    except StoreError as error:
        return environment(error)
    for account, login in accounts:
        if hmac.compare_digest(_tag(kit, account, found.receipt_id), found.holder_tag):
            return str(login)
    return refused(Code.OFFICER_DISABLED)


def _tag(kit: Kit, account: int, identity: bytes) -> bytes:
    return token.holder_tag(kit.keys.pepper, ACCOUNT, str(account), identity)
