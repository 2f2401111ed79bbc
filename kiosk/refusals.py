"""Refusals: values that say what is wrong and what to do next, never exceptions.

The words of each code are in the catalogues as `refusal.<code>` (what is wrong) and
`refusal.<code>.next` (the next thing to do), in both languages.
"""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """The closed list of refusals. The value is stable: it is shown, logged and looked up."""

    # the engine
    CASE_NOT_FOUND = "case_not_found"
    CASE_MOVED_ON = "case_moved_on"
    CASE_ENDED = "case_ended"
    CASE_ON_HOLD = "case_on_hold"
    ACT_NOT_ALLOWED = "act_not_allowed"
    NOT_YOUR_UNIT = "not_your_unit"
    SAME_PERSON = "same_person"
    CLAIMED_BY_OTHER = "claimed_by_other"
    CLAIM_LAPSED = "claim_lapsed"
    PASSPORT_HAS_OPEN_CASE = "passport_has_open_case"
    REASON_NEEDED = "reason_needed"
    SECOND_PERSON_NEEDED = "second_person_needed"
    PROCEDURE_UNKNOWN = "procedure_unknown"

    # money, receipts and hand-over
    PAYMENT_PENDING = "payment_pending"
    NTPN_USED = "ntpn_used"
    BILLING_CODE_USED = "billing_code_used"
    DEPOSIT_TOO_MUCH = "deposit_too_much"
    BILLING_CODE_FORM = "billing_code_form"
    BANK_REF_FORM = "bank_ref_form"
    BANK_REF_USED = "bank_ref_used"
    NTPN_FORM = "ntpn_form"
    PAID_AMOUNT_DIFFERS = "paid_amount_differs"
    PAID_IN_FUTURE = "paid_in_future"
    BILLING_EXPIRED = "billing_expired"
    CASH_OFF = "cash_off"
    CASH_SESSION_NEEDED = "cash_session_needed"
    CASH_TOO_LITTLE = "cash_too_little"
    PAYMENT_NEEDED = "payment_needed"
    PAYMENT_ALREADY_PAID = "payment_already_paid"
    PAYMENT_AMOUNT_CHANGED = "payment_amount_changed"
    PAYMENT_IN_PROGRESS = "payment_in_progress"
    PAYMENT_NOT_FOUND = "payment_not_found"
    PAYMENT_DECIDED = "payment_decided"
    TERMINAL_HAS_UNKNOWN = "terminal_has_unknown"
    TERMINAL_NOT_READY = "terminal_not_ready"
    TERMINAL_SALE_NOT_SENT = "terminal_sale_not_sent"
    TERMINAL_OTHER = "terminal_other"
    SLIP_INCOMPLETE = "slip_incomplete"
    SLIP_USED = "slip_used"
    REVERSAL_NOT_NOW = "reversal_not_now"
    REVERSAL_REFUSED = "reversal_refused"
    REVERSAL_UNKNOWN = "reversal_unknown"
    TARIFF_MISSING = "tariff_missing"
    TARIFF_NOT_FOUND = "tariff_not_found"
    TARIFF_RELEASED = "tariff_released"
    TARIFF_NEEDS_OTHER_PERSON = "tariff_needs_other_person"
    TARIFF_DATES = "tariff_dates"
    TARIFF_NOT_YOURS = "tariff_not_yours"
    SHIFT_OF_OTHER = "shift_of_other"
    SHIFT_NOT_OPEN = "shift_not_open"
    SHIFT_OPEN = "shift_open"
    SETTLEMENT_REFUSED = "settlement_refused"
    CLAIM_OF_OTHER_CASE = "claim_of_other_case"
    CLAIM_NEEDED = "claim_needed"
    PASSPORT_IN_HAND_DIFFERS = "passport_in_hand_differs"
    FACE_NOT_COMPARED = "face_not_compared"
    FINGER_CHECK_NEEDED = "finger_check_needed"
    FINGER_DIFFERS = "finger_differs"
    FINGER_NOT_ENROLLED = "finger_not_enrolled"
    PORTRAIT_UNREADABLE = "portrait_unreadable"
    READER_NOT_READY = "reader_not_ready"
    NO_SPONSOR_TO_COLLECT = "no_sponsor_to_collect"
    POWER_OF_ATTORNEY_NEEDED = "power_of_attorney_needed"
    WASDAKIM_ONLY = "wasdakim_only"
    NOT_TO_WASDAKIM = "not_to_wasdakim"
    WASDAKIM_MUST_SIGN = "wasdakim_must_sign"

    # steps 9, 10 and 13
    REGISTER_NUMBER_NEEDED = "register_number_needed"
    STAMP_NAMES_OTHER = "stamp_names_other"
    STAMP_NOT_CONFIRMED = "stamp_not_confirmed"
    NO_AUTHORITY_TO_ENDORSE = "no_authority_to_endorse"
    SIGNATURE_NOT_CONFIRMED = "signature_not_confirmed"
    ARCHIVE_PLACE = "archive_place"
    ARCHIVE_INCOMPLETE = "archive_incomplete"
    ARCHIVE_ON_LEGAL_HOLD = "archive_on_legal_hold"
    ARCHIVE_KEPT_LONGER = "archive_kept_longer"
    ARCHIVE_NOT_PROPOSED = "archive_not_proposed"
    ARCHIVE_NOT_ON_HOLD = "archive_not_on_hold"
    ARCHIVE_DESTROYED = "archive_destroyed"
    ARCHIVE_NOT_DESTROYED = "archive_not_destroyed"
    ARCHIVE_PAGES = "archive_pages"

    # the queue
    QUEUE_EMPTY = "queue_empty"
    QUEUE_TICKET_TAKEN = "queue_ticket_taken"
    QUEUE_CALL_OPEN = "queue_call_open"
    QUEUE_NO_CALL = "queue_no_call"
    QUEUE_BEGUN = "queue_begun"
    QUEUE_NOT_BEGUN = "queue_not_begun"
    QUEUE_NOT_ABSENT = "queue_not_absent"

    # people
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_LOCKED = "sign_in_locked"
    OFFICER_DISABLED = "officer_disabled"
    SIGN_IN_AGAIN = "sign_in_again"
    PIN_TOO_WEAK = "pin_too_weak"
    PIN_UNCHANGED = "pin_unchanged"
    PIN_NOT_REPEATED = "pin_not_repeated"
    LOGIN_TAKEN = "login_taken"

    # the environment, said as a refusal to the officer
    DATABASE_UNREACHABLE = "database_unreachable"
    DISK_FULL = "disk_full"
    DATABASE_READ_ONLY = "database_read_only"
    DATABASE_OTHER_VERSION = "database_other_version"
    PROGRAM_TOO_OLD = "program_too_old"
    DATABASE_UNTRUSTED = "database_untrusted"
    DATABASE_NOT_ADMITTED = "database_not_admitted"
    DATABASE_FORBIDDEN = "database_forbidden"
    DRAFT_KEPT_HERE = "draft_kept_here"
    DRAFT_NOT_KEPT = "draft_not_kept"
    CLOCK_WENT_BACK = "clock_went_back"
    KEY_FILE_UNUSABLE = "key_file_unusable"
    TERMINAL_NAME_TAKEN = "terminal_name_taken"
    KEY_NOT_APPROVED = "key_not_approved"
    KEY_NOT_USABLE = "key_not_usable"
    KEY_UNKNOWN = "key_unknown"
    KEY_DECIDED = "key_decided"
    KEY_NEEDS_ADMINISTRATOR = "key_needs_administrator"
    KEY_NUMBERS_USED_UP = "key_numbers_used_up"
    RULES_UNREADABLE = "rules_unreadable"

    # any field
    FIELD_REQUIRED = "field_required"
    FIELD_TOO_LONG = "field_too_long"
    FIELD_UNSAFE = "field_unsafe"
    FIELD_NOT_A_DATE = "field_not_a_date"
    FIELD_NOT_A_NUMBER = "field_not_a_number"
    FIELD_NOT_A_CHOICE = "field_not_a_choice"

    # receipts: the token's own refusals, then the database's (receipt-token.md), and the typed short code
    RECEIPT_MALFORMED = "receipt_malformed"
    RECEIPT_UNSUPPORTED_VERSION = "receipt_unsupported_version"
    RECEIPT_UNKNOWN_KEY = "receipt_unknown_key"
    RECEIPT_REVOKED_KEY = "receipt_revoked_key"
    RECEIPT_BAD_SIGNATURE = "receipt_bad_signature"
    RECEIPT_WRONG_TYPE = "receipt_wrong_type"
    RECEIPT_WRONG_OFFICE = "receipt_wrong_office"
    RECEIPT_NOT_YET_VALID = "receipt_not_yet_valid"
    RECEIPT_EXPIRED = "receipt_expired"
    RECEIPT_UNKNOWN_RECEIPT = "receipt_unknown_receipt"
    RECEIPT_VOID = "receipt_void"
    RECEIPT_NOT_PAID = "receipt_not_paid"
    RECEIPT_NOT_READY = "receipt_not_ready"
    RECEIPT_ALREADY_HANDED_OVER = "receipt_already_handed_over"
    RECEIPT_HOLDER_MISMATCH = "receipt_holder_mismatch"
    SHORT_CODE_UNREADABLE = "short_code_unreadable"
    SHORT_CODE_MISTYPED = "short_code_mistyped"

    # passports in the office
    PASSPORT_PLACE = "passport_place"
    PASSPORT_NOT_HERE = "passport_not_here"
    STOCK_TAKE_ENDED = "stock_take_ended"

    # the machine readable zone
    MRZ_EMPTY = "mrz_empty"
    MRZ_LINE_MISSING = "mrz_line_missing"
    MRZ_TOO_MANY_LINES = "mrz_too_many_lines"
    MRZ_WRONG_LENGTH = "mrz_wrong_length"
    MRZ_ILLEGAL_CHARACTER = "mrz_illegal_character"
    MRZ_UNREADABLE = "mrz_unreadable"
    MRZ_CHECK_DIGIT = "mrz_check_digit"
    MRZ_DOCUMENT_CODE = "mrz_document_code"
    MRZ_STATE_UNKNOWN = "mrz_state_unknown"
    MRZ_NAME_CHARACTER = "mrz_name_character"
    MRZ_FIELD_EMPTY = "mrz_field_empty"
    MRZ_SEX = "mrz_sex"
    MRZ_DATE = "mrz_date"

    # the applicant and the passport (steps 1 and 2)
    BIRTH_IMPOSSIBLE = "birth_impossible"
    NAME_NOT_LATIN = "name_not_latin"
    STATE_UNKNOWN = "state_unknown"
    PERSON_INDONESIAN = "person_indonesian"
    DOCUMENT_NUMBER_WRONG = "document_number_wrong"
    SAME_NUMBER_TWICE = "same_number_twice"
    PASSPORT_EXPIRED = "passport_expired"
    PASSPORT_FULL = "passport_full"
    PASSPORT_SHORTER_THAN_PERMIT = "passport_shorter_than_permit"
    DATE_TOO_EARLY = "date_too_early"
    DATE_TOO_LATE = "date_too_late"
    IDENTITY_NUMBER_WRONG = "identity_number_wrong"
    PHONE_WRONG = "phone_wrong"
    EMAIL_WRONG = "email_wrong"
    GUARDIAN_NEEDED = "guardian_needed"
    TYPE_AGAIN = "type_again"
    TYPED_DIFFERENTLY = "typed_differently"
    DIFFERS_FROM_MRZ = "differs_from_mrz"
    VISA_NOT_EXTENDABLE = "visa_not_extendable"
    KIND_DOES_NOT_FIT_VISA = "kind_does_not_fit_visa"
    SPONSOR_DOES_NOT_FIT = "sponsor_does_not_fit"
    FILING_TOO_EARLY = "filing_too_early"
    FILING_TOO_LATE = "filing_too_late"
    OVERSTAY_TOO_LONG = "overstay_too_long"
    OVERSTAY_NOT_CONFIRMED = "overstay_not_confirmed"
    OUTSIDE_TERRITORY = "outside_territory"
    DAYS_NOT_OFFERED = "days_not_offered"
    NO_EXTENSION_LEFT = "no_extension_left"
    DOCUMENTS_MISSING = "documents_missing"
    PROXY_WITHOUT_POWER = "proxy_without_power"
    NOTHING_MISSING = "nothing_missing"

    # the watchlist (step 3 and SOP Cekal)
    WATCHLIST_MISSING = "watchlist_missing"
    WATCHLIST_STALE = "watchlist_stale"
    WATCHLIST_UNREADABLE = "watchlist_unreadable"
    WATCHLIST_CHANGED = "watchlist_changed"
    WATCHLIST_POSSIBLE_HIT = "watchlist_possible_hit"
    WATCHLIST_ONLY_WASDAKIM = "watchlist_only_wasdakim"
    WATCHLIST_NOT_HELD = "watchlist_not_held"
    WATCHLIST_UNDECIDED = "watchlist_undecided"
    WATCHLIST_NOTHING_TO_DECIDE = "watchlist_nothing_to_decide"
    WATCHLIST_WRONG_SECOND = "watchlist_wrong_second"
    LIST_FILE_UNREADABLE = "list_file_unreadable"
    LIST_ROWS_LOST = "list_rows_lost"
    LIST_TRUNCATED = "list_truncated"
    LIST_SIZE_SUSPICIOUS = "list_size_suspicious"
    LIST_OLDER = "list_older"
    LIST_VERSION_TAKEN = "list_version_taken"
    LIST_EMPTY = "list_empty"
    LIST_ROWS_DOUBTFUL = "list_rows_doubtful"
    LIST_ENTRIES_LOST = "list_entries_lost"
    LIST_OVERTAKEN = "list_overtaken"
    LIST_UNSIGNED = "list_unsigned"
    LIST_BADLY_SIGNED = "list_badly_signed"

    # verification (step 4)
    DOCUMENT_NOT_CHECKED = "document_not_checked"
    DOCUMENT_DOUBTFUL = "document_doubtful"
    SPONSOR_DOUBTFUL = "sponsor_doubtful"
    NOTE_NEEDED = "note_needed"

    # devices and what they capture (steps 5, 8, 11)
    DEVICE_FAULT = "device_fault"
    DEVICE_NOT_CONFIGURED = "device_not_configured"
    CAPTURES_CHANGED = "captures_changed"
    CAPTURE_UNREADABLE = "capture_unreadable"
    VAULT_NOT_WRITABLE = "vault_not_writable"
    VAULT_KEY_ROTATED = "vault_key_rotated"
    VAULT_ROTATION_OPEN = "vault_rotation_open"
    VAULT_ROTATION_NONE = "vault_rotation_none"
    SCAN_MISSING = "scan_missing"
    SCAN_DOUBTFUL = "scan_doubtful"
    SCANS_OWED = "scans_owed"
    NOTICE_NOT_GIVEN = "notice_not_given"
    PORTRAIT_NEEDED = "portrait_needed"
    FACE_NOT_PASSPORT = "face_not_passport"
    FINGER_OPEN = "finger_open"
    FINGER_NOT_TRIED = "finger_not_tried"
    INTERVIEW_NEEDED = "interview_needed"
    GUARDIAN_ABSENT = "guardian_absent"
    SECOND_PERSON_OTHER_UNIT = "second_person_other_unit"
    STAMP_TYPE_AGAIN = "stamp_type_again"
    STAMP_DIFFERS = "stamp_differs"
    CORRECTION_NOT_CLERICAL = "correction_not_clerical"
    CORRECTION_WITHOUT_CHANGE = "correction_without_change"

    # approval and non-conformity (step 6)
    DAYS_ABOVE_LIMIT = "days_above_limit"
    DAYS_MORE_THAN_ASKED = "days_more_than_asked"
    OVERSTAY_COUNT_UNCONFIRMED = "overstay_count_unconfirmed"
    SUPERIOR_DECISION_NEEDED = "superior_decision_needed"
    SUPERIOR_DATE_WRONG = "superior_date_wrong"
    PARENTS_PERMIT_NEEDED = "parents_permit_needed"
    NONCONFORMITY_OPEN = "nonconformity_open"
    NONCONFORMITY_NOT_OPEN = "nonconformity_not_open"
    NONCONFORMITY_NOT_HERE = "nonconformity_not_here"
    NONCONFORMITY_NOT_YOURS = "nonconformity_not_yours"

    # the rules of the permit
    KIND_UNKNOWN = "kind_unknown"
    KIND_NOT_YET = "kind_not_yet"
    VISA_INDEX_UNKNOWN = "visa_index_unknown"
    VISA_INDEX_UNLISTED = "visa_index_unlisted"
    NEEDS_REGIONAL_OFFICE = "needs_regional_office"
    NEEDS_DIRECTORATE = "needs_directorate"
    STAY_DATES_DISAGREE = "stay_dates_disagree"
    CEILING_CUTS = "ceiling_cuts"
    FILING_LAST_DAYS = "filing_last_days"
    EXPIRES_ON_DAY_OFF = "expires_on_day_off"
    OVERSTAY_PAYABLE = "overstay_payable"
    NEWBORN_LATE = "newborn_late"
    PASSPORT_ENDS_FIRST = "passport_ends_first"
    PASSPORT_SHORT_OF_MONTHS = "passport_short_of_months"

    # numbers that people type
    VISA_NUMBER_WRONG = "visa_number_wrong"
    STAFF_NUMBER_WRONG = "staff_number_wrong"


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal. `field` names the input it is about; `details` fill the words' `{name}` fields."""

    code: Code
    field: str | None = None
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def key(self) -> str:
        """Catalogue key of what is wrong."""
        return f"refusal.{self.code}"

    def next_key(self) -> str:
        """Catalogue key of the next thing to do."""
        return f"refusal.{self.code}.next"


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """What a service returns instead of its result: at least one refusal, the first one leads."""

    refusals: tuple[Refusal, ...]

    @property
    def first(self) -> Refusal:
        return self.refusals[0]


def refused(code: Code, field: str | None = None, /, **details: object) -> Refused:
    """A Refused with a single refusal."""
    return Refused((Refusal(code, field, details),))
