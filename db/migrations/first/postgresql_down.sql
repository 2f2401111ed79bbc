DROP TABLE IF EXISTS "watchlist_version"
--;
DROP TABLE IF EXISTS "watchlist_decision"
--;
DROP TABLE IF EXISTS "vault_object"
--;
DROP TABLE IF EXISTS "terminal"
--;
DROP TABLE IF EXISTS "tariff"
--;
DROP TABLE IF EXISTS "stock_count"
--;
DROP TABLE IF EXISTS "stock_take"
--;
DROP TABLE IF EXISTS "step_work"
--;
DROP TABLE IF EXISTS "step_run"
--;
DROP TABLE IF EXISTS "signing_key"
--;
DROP TABLE IF EXISTS "session"
--;
DROP TABLE IF EXISTS "separation_pair"
--;
DROP TABLE IF EXISTS "screening"
--;
DROP TABLE IF EXISTS "register_number"
--;
DROP TABLE IF EXISTS "queue_call"
--;
DROP TABLE IF EXISTS "queue_ticket"
--;
DROP TABLE IF EXISTS "print_job"
--;
DROP TABLE IF EXISTS "payment_event"
--;
DROP TABLE IF EXISTS "part"
--;
DROP TABLE IF EXISTS "nonconformity"
--;
DROP TABLE IF EXISTS "ledger"
--;
DROP TABLE IF EXISTS "payment"
--;
DROP TABLE IF EXISTS "shift"
--;
DROP TABLE IF EXISTS "handover"
--;
DROP TABLE IF EXISTS "receipt"
--;
DROP TABLE IF EXISTS "duty"
--;
DROP TABLE IF EXISTS "draft"
--;
DROP TABLE IF EXISTS "delegation"
--;
DROP TABLE IF EXISTS "custody"
--;
DROP TABLE IF EXISTS "counter"
--;
DROP TABLE IF EXISTS "claim"
--;
DROP TABLE IF EXISTS "case_name"
--;
DROP TABLE IF EXISTS "case_key"
--;
DROP TABLE IF EXISTS "case_event"
--;
DROP TABLE IF EXISTS "billing"
--;
DROP TABLE IF EXISTS "audit_head"
--;
DROP TABLE IF EXISTS "audit_event"
--;
DROP TABLE IF EXISTS "archive_record"
--;
DROP TABLE IF EXISTS "officer"
--;
DROP TABLE IF EXISTS "person"
--;
DROP TABLE IF EXISTS "itk_case"
--;
DROP TABLE IF EXISTS "procedure_version"
--;
DROP FUNCTION guard_separation_of_duty() CASCADE
--;
DROP FUNCTION guard_payment_pending_blocks_step() CASCADE
--;
DROP FUNCTION guard_final_payment_is_final() CASCADE
--;
DROP FUNCTION guard_sale_is_sent_once() CASCADE
--;
DROP FUNCTION guard_payment_amount_is_frozen() CASCADE
--;
DROP FUNCTION guard_receipt_is_frozen() CASCADE
--;
DROP FUNCTION guard_signing_key_is_frozen() CASCADE
--;
DROP FUNCTION guard_void_receipt_is_not_redeemed() CASCADE
--;
DROP FUNCTION guard_receipt_claims_its_own_case() CASCADE
--;
DROP FUNCTION guard_one_handover_for_a_case() CASCADE
--;
DROP FUNCTION guard_register_number_is_kept() CASCADE
--;
DROP FUNCTION guard_queue_number_is_kept() CASCADE
--;
DROP FUNCTION guard_ended_call_is_final() CASCADE
--;
DROP FUNCTION guard_case_version_grows() CASCADE
--;
DROP FUNCTION guard_tariff_needs_two_people() CASCADE
--;
DROP FUNCTION guard_released_tariff_is_frozen() CASCADE
--;
DROP FUNCTION guard_case_event_append_only_update() CASCADE
--;
DROP FUNCTION guard_step_run_append_only_update() CASCADE
--;
DROP FUNCTION guard_part_append_only_update() CASCADE
--;
DROP FUNCTION guard_custody_append_only_update() CASCADE
--;
DROP FUNCTION guard_stock_count_append_only_update() CASCADE
--;
DROP FUNCTION guard_handover_append_only_update() CASCADE
--;
DROP FUNCTION guard_payment_event_append_only_update() CASCADE
--;
DROP FUNCTION guard_ledger_append_only_update() CASCADE
--;
DROP FUNCTION guard_screening_append_only_update() CASCADE
--;
DROP FUNCTION guard_watchlist_decision_append_only_update() CASCADE
--;
DROP FUNCTION guard_audit_event_append_only_update() CASCADE
--;
DROP FUNCTION guard_case_event_append_only_delete() CASCADE
--;
DROP FUNCTION guard_step_run_append_only_delete() CASCADE
--;
DROP FUNCTION guard_part_append_only_delete() CASCADE
--;
DROP FUNCTION guard_custody_append_only_delete() CASCADE
--;
DROP FUNCTION guard_stock_count_append_only_delete() CASCADE
--;
DROP FUNCTION guard_handover_append_only_delete() CASCADE
--;
DROP FUNCTION guard_payment_event_append_only_delete() CASCADE
--;
DROP FUNCTION guard_ledger_append_only_delete() CASCADE
--;
DROP FUNCTION guard_screening_append_only_delete() CASCADE
--;
DROP FUNCTION guard_watchlist_decision_append_only_delete() CASCADE
--;
DROP FUNCTION guard_audit_event_append_only_delete() CASCADE
--;
DROP FUNCTION guard_itk_case_append_only_delete() CASCADE
--;
DROP FUNCTION guard_signing_key_append_only_delete() CASCADE
--;
DROP FUNCTION guard_receipt_append_only_delete() CASCADE
--;
DROP FUNCTION guard_payment_append_only_delete() CASCADE
--;
DROP FUNCTION guard_register_number_append_only_delete() CASCADE
--;
DROP FUNCTION guard_queue_ticket_append_only_delete() CASCADE
--;
DROP FUNCTION guard_queue_call_append_only_delete() CASCADE
--;
DROP FUNCTION guard_tariff_append_only_delete() CASCADE
--;
DROP FUNCTION guard_vault_object_append_only_delete() CASCADE
--;
DROP FUNCTION guard_archive_record_append_only_delete() CASCADE
--;
DROP FUNCTION guard_billing_append_only_delete() CASCADE
--;
DROP FUNCTION tell_case_event() CASCADE
--;
DROP FUNCTION tell_claim() CASCADE
--;
DROP FUNCTION tell_print_job() CASCADE
--;
DROP FUNCTION tell_queue_ticket() CASCADE
--;
DROP FUNCTION tell_queue_call() CASCADE
