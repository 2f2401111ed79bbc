"""What leaves an office is named so that no other office's is named alike."""

import msgspec
import pytest

from db import national
from db.tables import MODELS
from kiosk import national as offices
from kiosk.permits import register_number
from kiosk.regulations import load_regulations
from kiosk.settings import Settings

RULES = load_regulations(None)
SECRET_TABLES = {"draft", "case_key", "vault_object", "officer", "screening", "watchlist_decision", "audit_event"}
SECRET_COLUMNS = {
    "content", "output", "data", "reason", "void_reason", "pin_hash", "wrapped", "collected_by", "identity_no",
    "masked_pan", "answer", "charge", "note", "officer_id", "approved_by", "priority",
}  # fmt: skip


def test_the_agreed_columns_are_columns_of_ours_and_the_first_is_the_key() -> None:
    models = {model._meta.table_name: model for model in MODELS}
    for table, columns in national.AGREED.items():
        assert {field.column_name for field in models[table]._meta.sorted_fields} >= set(columns), table
        assert models[table]._meta.primary_key.column_name == columns[0], table
        assert set(national.types_of(table)) == set(columns)


def test_no_biometrics_no_drafts_no_vault_and_no_free_words_are_agreed_on() -> None:
    assert not SECRET_TABLES & set(national.AGREED)
    for table, columns in national.AGREED.items():
        assert not SECRET_COLUMNS & set(columns), table


def test_one_running_number_in_two_offices_is_two_numbers() -> None:
    here, there = Settings().office, msgspec.structs.replace(Settings().office, code=746, short="PLB")
    assert here.application_no(2026, 7) != there.application_no(2026, 7)
    assert here.receipt_number(2, 2026, 7) != there.receipt_number(2, 2026, 7)  # type: ignore[arg-type]
    assert here.collection_no(2026, 7) != there.collection_no(2026, 7)
    assert RULES.register.office in register_number(RULES, "visit_visa_extension", 7, 2026)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, ()),
        ({"application_number": "ITK-{year}-{serial:05d}"}, ("office.application_number",)),
        ({"receipt_numbers": {"1": "TT-{serial}", "2": "TBB-{short}-{serial}"}}, ("office.receipt_numbers.1",)),
        ({"collection_number": "BP-{year}-{serial}"}, ("office.collection_number",)),
    ],
)
def test_a_template_that_another_office_could_have_too_is_named(
    changes: dict[str, object], named: tuple[str, ...]
) -> None:
    settings = Settings(office=msgspec.structs.replace(Settings().office, **changes))
    assert offices.alike_elsewhere(settings, RULES) == named
