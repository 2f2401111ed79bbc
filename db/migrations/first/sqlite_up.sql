CREATE TABLE "procedure_version" ("hash" CHAR(64) NOT NULL PRIMARY KEY, "content" TEXT NOT NULL, "first_used" DATETIME NOT NULL)
--;
CREATE TABLE "itk_case" ("id" INTEGER NOT NULL PRIMARY KEY, "application_no" VARCHAR(40) NOT NULL, "kind" VARCHAR(40) NOT NULL, "procedure_id" CHAR(64) NOT NULL, "version" INTEGER NOT NULL, "attempt" INTEGER NOT NULL, "step" VARCHAR(20) NOT NULL, "status" VARCHAR(24) NOT NULL, "outcome" VARCHAR(24) NOT NULL, "opened_at" DATETIME NOT NULL, "waiting_since" DATETIME NOT NULL, "promise_due" DATETIME, "ended_at" DATETIME, "priority" VARCHAR(20) NOT NULL, "holder_name" VARCHAR(200) NOT NULL, "nationality" VARCHAR(3) NOT NULL, "issuing_state" VARCHAR(3) NOT NULL, "passport_no" VARCHAR(20) NOT NULL, "permit_expiry" DATE, "sponsor_no" VARCHAR(20) NOT NULL, FOREIGN KEY ("procedure_id") REFERENCES "procedure_version" ("hash") ON DELETE RESTRICT)
--;
CREATE UNIQUE INDEX "itk_case_application_no" ON "itk_case" ("application_no")
--;
CREATE INDEX "itk_case_procedure_id" ON "itk_case" ("procedure_id")
--;
CREATE INDEX "itk_case_sponsor_no" ON "itk_case" ("sponsor_no")
--;
CREATE INDEX "itk_case_status_step_waiting_since_id" ON "itk_case" ("status", "step", "waiting_since", "id")
--;
CREATE INDEX "itk_case_passport_no" ON "itk_case" ("passport_no")
--;
CREATE TABLE "person" ("id" INTEGER NOT NULL PRIMARY KEY, "staff_no" VARCHAR(18), "name" VARCHAR(120) NOT NULL)
--;
CREATE UNIQUE INDEX "person_staff_no" ON "person" ("staff_no")
--;
CREATE TABLE "officer" ("id" INTEGER NOT NULL PRIMARY KEY, "person_id" INTEGER NOT NULL, "login" VARCHAR(40) NOT NULL, "pin_hash" VARCHAR(200) NOT NULL, "active" INTEGER NOT NULL, "failed_attempts" INTEGER NOT NULL, "locked_until" DATETIME, "created_at" DATETIME NOT NULL, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "officer_person_id" ON "officer" ("person_id")
--;
CREATE UNIQUE INDEX "officer_login" ON "officer" ("login")
--;
CREATE TABLE "archive_record" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "list_no" VARCHAR(40) NOT NULL, "location" VARCHAR(40) NOT NULL, "pages" INTEGER NOT NULL CHECK (pages > 0), "retention_until" DATE NOT NULL, "legal_hold" INTEGER NOT NULL, "handed_by_id" INTEGER NOT NULL, "received_by_id" INTEGER NOT NULL, "received_at" DATETIME NOT NULL, "disposal" VARCHAR(20) NOT NULL, "minutes_no" VARCHAR(60) NOT NULL, "approval_no" VARCHAR(60) NOT NULL, "disposed_at" DATETIME, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("handed_by_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("received_by_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE UNIQUE INDEX "archive_record_case_id" ON "archive_record" ("case_id")
--;
CREATE INDEX "archive_record_handed_by_id" ON "archive_record" ("handed_by_id")
--;
CREATE INDEX "archive_record_received_by_id" ON "archive_record" ("received_by_id")
--;
CREATE TABLE "audit_event" ("seq" INTEGER NOT NULL PRIMARY KEY, "body" TEXT NOT NULL, "hash" CHAR(64) NOT NULL)
--;
CREATE TABLE "audit_head" ("id" INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), "seq" INTEGER NOT NULL, "hash" CHAR(64) NOT NULL, "at" DATETIME NOT NULL)
--;
CREATE TABLE "billing" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "code" VARCHAR(15) NOT NULL, "amount" INTEGER NOT NULL CHECK (amount > 0), "issued_at" DATETIME NOT NULL, "expires_at" DATETIME NOT NULL, "replaces_id" INTEGER, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("replaces_id") REFERENCES "billing" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "billing_case_id" ON "billing" ("case_id")
--;
CREATE UNIQUE INDEX "billing_code" ON "billing" ("code")
--;
CREATE INDEX "billing_replaces_id" ON "billing" ("replaces_id")
--;
CREATE TABLE "case_event" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "step" VARCHAR(20) NOT NULL, "act" VARCHAR(24) NOT NULL, "attempt" INTEGER NOT NULL, "officer_id" INTEGER, "person_id" INTEGER, "witness_id" INTEGER, "unit" VARCHAR(20) NOT NULL, "terminal" VARCHAR(40) NOT NULL, "at" DATETIME NOT NULL, "key" VARCHAR(40) NOT NULL, "reason" TEXT NOT NULL, "data" TEXT NOT NULL, "replaces_id" INTEGER, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT, FOREIGN KEY ("witness_id") REFERENCES "person" ("id") ON DELETE RESTRICT, FOREIGN KEY ("replaces_id") REFERENCES "case_event" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "case_event_case_id" ON "case_event" ("case_id")
--;
CREATE INDEX "case_event_officer_id" ON "case_event" ("officer_id")
--;
CREATE INDEX "case_event_person_id" ON "case_event" ("person_id")
--;
CREATE INDEX "case_event_witness_id" ON "case_event" ("witness_id")
--;
CREATE UNIQUE INDEX "case_event_key" ON "case_event" ("key")
--;
CREATE INDEX "case_event_replaces_id" ON "case_event" ("replaces_id")
--;
CREATE TABLE "case_key" ("case_id" INTEGER NOT NULL PRIMARY KEY, "wrapped" TEXT NOT NULL, "erased_at" DATETIME, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT)
--;
CREATE TABLE "case_name" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "word" VARCHAR(60) NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE CASCADE)
--;
CREATE INDEX "case_name_case_id" ON "case_name" ("case_id")
--;
CREATE INDEX "case_name_word_id" ON "case_name" ("word", "id")
--;
CREATE INDEX "case_name_case_id_word" ON "case_name" ("case_id", "word")
--;
CREATE TABLE "claim" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "taken_at" DATETIME NOT NULL, "lease_until" DATETIME NOT NULL, "released_at" DATETIME, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "claim_case_id" ON "claim" ("case_id")
--;
CREATE INDEX "claim_officer_id" ON "claim" ("officer_id")
--;
CREATE TABLE "counter" ("name" VARCHAR(60) NOT NULL PRIMARY KEY, "value" INTEGER NOT NULL)
--;
CREATE TABLE "custody" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "passport_no" VARCHAR(20) NOT NULL, "holder" VARCHAR(20) NOT NULL, "place" VARCHAR(20) NOT NULL, "note" VARCHAR(200) NOT NULL, "officer_id" INTEGER NOT NULL, "at" DATETIME NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "custody_case_id" ON "custody" ("case_id")
--;
CREATE INDEX "custody_officer_id" ON "custody" ("officer_id")
--;
CREATE TABLE "delegation" ("id" INTEGER NOT NULL PRIMARY KEY, "officer_id" INTEGER NOT NULL, "authority" VARCHAR(20) NOT NULL, "kind" VARCHAR(10) NOT NULL, "basis" VARCHAR(80) NOT NULL, "valid_from" DATE NOT NULL, "valid_until" DATE NOT NULL, "revoked_at" DATETIME, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "delegation_officer_id" ON "delegation" ("officer_id")
--;
CREATE TABLE "draft" ("id" INTEGER NOT NULL PRIMARY KEY, "officer_id" INTEGER NOT NULL, "case_ref" INTEGER NOT NULL, "step" VARCHAR(40) NOT NULL, "content" TEXT NOT NULL, "saved_at" DATETIME NOT NULL, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE CASCADE)
--;
CREATE INDEX "draft_officer_id" ON "draft" ("officer_id")
--;
CREATE UNIQUE INDEX "draft_officer_id_case_ref_step" ON "draft" ("officer_id", "case_ref", "step")
--;
CREATE TABLE "duty" ("id" INTEGER NOT NULL PRIMARY KEY, "officer_id" INTEGER NOT NULL, "unit" VARCHAR(20) NOT NULL, "role" VARCHAR(40) NOT NULL, "valid_from" DATE NOT NULL, "valid_until" DATE, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "duty_officer_id" ON "duty" ("officer_id")
--;
CREATE TABLE "receipt" ("id" INTEGER NOT NULL PRIMARY KEY, "receipt_id" CHAR(12) NOT NULL, "case_id" INTEGER, "type" INTEGER NOT NULL, "number" VARCHAR(40) NOT NULL, "token" VARCHAR(200) NOT NULL, "key_id" INTEGER NOT NULL, "issued_at" DATETIME NOT NULL, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "content" TEXT NOT NULL, "copies" INTEGER NOT NULL, "voided_at" DATETIME, "void_reason" VARCHAR(200) NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE UNIQUE INDEX "receipt_receipt_id" ON "receipt" ("receipt_id")
--;
CREATE INDEX "receipt_case_id" ON "receipt" ("case_id")
--;
CREATE UNIQUE INDEX "receipt_number" ON "receipt" ("number")
--;
CREATE UNIQUE INDEX "receipt_token" ON "receipt" ("token")
--;
CREATE INDEX "receipt_officer_id" ON "receipt" ("officer_id")
--;
CREATE TABLE "handover" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "receipt_id" INTEGER, "kind" VARCHAR(20) NOT NULL, "collected_by" VARCHAR(200) NOT NULL, "relation" VARCHAR(20) NOT NULL, "identity_kind" VARCHAR(40) NOT NULL, "identity_no" VARCHAR(60) NOT NULL, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "at" DATETIME NOT NULL, "content" TEXT NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("receipt_id") REFERENCES "receipt" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE UNIQUE INDEX "handover_case_id" ON "handover" ("case_id")
--;
CREATE UNIQUE INDEX "handover_receipt_id" ON "handover" ("receipt_id")
--;
CREATE INDEX "handover_officer_id" ON "handover" ("officer_id")
--;
CREATE TABLE "shift" ("id" INTEGER NOT NULL PRIMARY KEY, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "opened_at" DATETIME NOT NULL, "closed_at" DATETIME, "cash_allowed" INTEGER NOT NULL, "summary" TEXT NOT NULL, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "shift_officer_id" ON "shift" ("officer_id")
--;
CREATE TABLE "payment" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "key" VARCHAR(40) NOT NULL, "reference" VARCHAR(12) NOT NULL, "method" VARCHAR(20) NOT NULL, "amount" INTEGER NOT NULL CHECK (amount > 0), "state" VARCHAR(20) NOT NULL, "charge" TEXT NOT NULL, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "device" VARCHAR(80) NOT NULL, "shift_id" INTEGER, "created_at" DATETIME NOT NULL, "sent_at" DATETIME, "decided_at" DATETIME, "response_code" VARCHAR(4) NOT NULL, "approval_code" VARCHAR(12) NOT NULL, "rrn" VARCHAR(16) NOT NULL, "invoice_no" VARCHAR(12) NOT NULL, "batch_no" VARCHAR(12) NOT NULL, "masked_pan" VARCHAR(24) NOT NULL, "device_terminal" VARCHAR(16) NOT NULL, "billing_code" VARCHAR(15) NOT NULL, "bank_ref" VARCHAR(20) NOT NULL, "ntpn" VARCHAR(16), "reason" VARCHAR(200) NOT NULL, "answer" TEXT NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("shift_id") REFERENCES "shift" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "payment_case_id" ON "payment" ("case_id")
--;
CREATE UNIQUE INDEX "payment_key" ON "payment" ("key")
--;
CREATE UNIQUE INDEX "payment_reference" ON "payment" ("reference")
--;
CREATE INDEX "payment_officer_id" ON "payment" ("officer_id")
--;
CREATE INDEX "payment_shift_id" ON "payment" ("shift_id")
--;
CREATE UNIQUE INDEX "payment_ntpn" ON "payment" ("ntpn")
--;
CREATE INDEX "payment_case_id_state" ON "payment" ("case_id", "state")
--;
CREATE TABLE "ledger" ("id" INTEGER NOT NULL PRIMARY KEY, "at" DATETIME NOT NULL, "kind" VARCHAR(20) NOT NULL, "amount" INTEGER NOT NULL, "case_id" INTEGER, "payment_id" INTEGER, "tariff_kind" VARCHAR(40) NOT NULL, "method" VARCHAR(20) NOT NULL, "shift_id" INTEGER, "reverses_id" INTEGER, "officer_id" INTEGER NOT NULL, "note" VARCHAR(200) NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("payment_id") REFERENCES "payment" ("id") ON DELETE RESTRICT, FOREIGN KEY ("shift_id") REFERENCES "shift" ("id") ON DELETE RESTRICT, FOREIGN KEY ("reverses_id") REFERENCES "ledger" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "ledger_case_id" ON "ledger" ("case_id")
--;
CREATE INDEX "ledger_payment_id" ON "ledger" ("payment_id")
--;
CREATE INDEX "ledger_shift_id" ON "ledger" ("shift_id")
--;
CREATE UNIQUE INDEX "ledger_reverses_id" ON "ledger" ("reverses_id")
--;
CREATE INDEX "ledger_officer_id" ON "ledger" ("officer_id")
--;
CREATE TABLE "nonconformity" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "raised_step" VARCHAR(20) NOT NULL, "category" VARCHAR(40) NOT NULL, "finding" TEXT NOT NULL, "evidence" TEXT NOT NULL, "who_acts" VARCHAR(20) NOT NULL, "due" DATE NOT NULL, "raised_by_id" INTEGER NOT NULL, "raised_at" DATETIME NOT NULL, "outcome" VARCHAR(24) NOT NULL, "back_to" VARCHAR(20) NOT NULL, "note" TEXT NOT NULL, "decided_by_id" INTEGER, "decided_at" DATETIME, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("raised_by_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("decided_by_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "nonconformity_case_id" ON "nonconformity" ("case_id")
--;
CREATE INDEX "nonconformity_raised_by_id" ON "nonconformity" ("raised_by_id")
--;
CREATE INDEX "nonconformity_decided_by_id" ON "nonconformity" ("decided_by_id")
--;
CREATE TABLE "part" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "part" VARCHAR(24) NOT NULL, "person_id" INTEGER NOT NULL, "at" DATETIME NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "part_case_id" ON "part" ("case_id")
--;
CREATE INDEX "part_person_id" ON "part" ("person_id")
--;
CREATE INDEX "part_case_id_person_id" ON "part" ("case_id", "person_id")
--;
CREATE TABLE "payment_event" ("id" INTEGER NOT NULL PRIMARY KEY, "payment_id" INTEGER NOT NULL, "state" VARCHAR(20) NOT NULL, "at" DATETIME NOT NULL, "officer_id" INTEGER, "witness_id" INTEGER, "reason" VARCHAR(200) NOT NULL, "data" TEXT NOT NULL, FOREIGN KEY ("payment_id") REFERENCES "payment" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("witness_id") REFERENCES "person" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "payment_event_payment_id" ON "payment_event" ("payment_id")
--;
CREATE INDEX "payment_event_officer_id" ON "payment_event" ("officer_id")
--;
CREATE INDEX "payment_event_witness_id" ON "payment_event" ("witness_id")
--;
CREATE TABLE "print_job" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER, "receipt_id" INTEGER, "paper" VARCHAR(40) NOT NULL, "content" TEXT NOT NULL, "copy_no" INTEGER NOT NULL, "reason" VARCHAR(200) NOT NULL, "state" VARCHAR(12) NOT NULL, "code" VARCHAR(40) NOT NULL, "terminal" VARCHAR(40) NOT NULL, "officer_id" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "sent_at" DATETIME, "ended_at" DATETIME, "replaces_id" INTEGER, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("receipt_id") REFERENCES "receipt" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("replaces_id") REFERENCES "print_job" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "print_job_case_id" ON "print_job" ("case_id")
--;
CREATE INDEX "print_job_receipt_id" ON "print_job" ("receipt_id")
--;
CREATE INDEX "print_job_officer_id" ON "print_job" ("officer_id")
--;
CREATE INDEX "print_job_replaces_id" ON "print_job" ("replaces_id")
--;
CREATE INDEX "print_job_terminal_state_id" ON "print_job" ("terminal", "state", "id")
--;
CREATE TABLE "queue_ticket" ("id" INTEGER NOT NULL PRIMARY KEY, "day" DATE NOT NULL, "series" VARCHAR(2) NOT NULL, "serial" INTEGER NOT NULL, "priority" VARCHAR(20) NOT NULL, "state" VARCHAR(8) NOT NULL, "absences" INTEGER NOT NULL, "issued_at" DATETIME NOT NULL, "ended_at" DATETIME, "terminal" VARCHAR(40) NOT NULL, "officer_id" INTEGER NOT NULL, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "queue_ticket_officer_id" ON "queue_ticket" ("officer_id")
--;
CREATE UNIQUE INDEX "queue_ticket_day_series_serial" ON "queue_ticket" ("day", "series", "serial")
--;
CREATE INDEX "queue_ticket_day_state_id" ON "queue_ticket" ("day", "state", "id")
--;
CREATE TABLE "queue_call" ("id" INTEGER NOT NULL PRIMARY KEY, "ticket_id" INTEGER NOT NULL, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "counter" VARCHAR(12) NOT NULL, "called_at" DATETIME NOT NULL, "times" INTEGER NOT NULL, "last_called_at" DATETIME NOT NULL, "started_at" DATETIME, "ended_at" DATETIME, "ended_as" VARCHAR(8) NOT NULL, FOREIGN KEY ("ticket_id") REFERENCES "queue_ticket" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "queue_call_ticket_id" ON "queue_call" ("ticket_id")
--;
CREATE INDEX "queue_call_officer_id" ON "queue_call" ("officer_id")
--;
CREATE INDEX "queue_call_called_at" ON "queue_call" ("called_at")
--;
CREATE TABLE "register_number" ("id" INTEGER NOT NULL PRIMARY KEY, "year" INTEGER NOT NULL, "series" VARCHAR(20) NOT NULL, "serial" INTEGER NOT NULL, "number" VARCHAR(40) NOT NULL, "case_id" INTEGER NOT NULL, "officer_id" INTEGER NOT NULL, "drawn_at" DATETIME NOT NULL, "voided_at" DATETIME, "void_reason" VARCHAR(200) NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE UNIQUE INDEX "register_number_number" ON "register_number" ("number")
--;
CREATE INDEX "register_number_case_id" ON "register_number" ("case_id")
--;
CREATE INDEX "register_number_officer_id" ON "register_number" ("officer_id")
--;
CREATE UNIQUE INDEX "register_number_year_series_serial" ON "register_number" ("year", "series", "serial")
--;
CREATE TABLE "screening" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "at" DATETIME NOT NULL, "officer_id" INTEGER, "list_version" VARCHAR(60) NOT NULL, "list_hash" CHAR(64) NOT NULL, "scorer" VARCHAR(64) NOT NULL, "verdict" VARCHAR(20) NOT NULL, "query" TEXT NOT NULL, "answer" TEXT NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "screening_case_id" ON "screening" ("case_id")
--;
CREATE INDEX "screening_officer_id" ON "screening" ("officer_id")
--;
CREATE INDEX "screening_case_id_id" ON "screening" ("case_id", "id")
--;
CREATE TABLE "separation_pair" ("first" VARCHAR(24) NOT NULL, "second" VARCHAR(24) NOT NULL, PRIMARY KEY ("first", "second"))
--;
CREATE TABLE "session" ("id" INTEGER NOT NULL PRIMARY KEY, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "started_at" DATETIME NOT NULL, "ended_at" DATETIME, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "session_officer_id" ON "session" ("officer_id")
--;
CREATE TABLE "signing_key" ("key_id" INTEGER NOT NULL PRIMARY KEY, "terminal" VARCHAR(40) NOT NULL, "public_key" CHAR(64) NOT NULL, "purposes" VARCHAR(20) NOT NULL, "not_before" DATETIME NOT NULL, "not_after" DATETIME NOT NULL, "approved_by" VARCHAR(120) NOT NULL, "approved_at" DATETIME, "revoked_at" DATETIME, "revoke_reason" VARCHAR(200) NOT NULL)
--;
CREATE TABLE "step_run" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "step" VARCHAR(20) NOT NULL, "attempt" INTEGER NOT NULL, "officer_id" INTEGER NOT NULL, "completed_at" DATETIME NOT NULL, "seconds" INTEGER NOT NULL, "output" TEXT NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "step_run_case_id" ON "step_run" ("case_id")
--;
CREATE INDEX "step_run_officer_id" ON "step_run" ("officer_id")
--;
CREATE UNIQUE INDEX "step_run_case_id_step_attempt" ON "step_run" ("case_id", "step", "attempt")
--;
CREATE TABLE "step_work" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "step" VARCHAR(20) NOT NULL, "attempt" INTEGER NOT NULL, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "opened_at" DATETIME NOT NULL, "closed_at" DATETIME, "seconds" INTEGER NOT NULL, "closed_by" VARCHAR(12) NOT NULL, "reason" VARCHAR(200) NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "step_work_case_id" ON "step_work" ("case_id")
--;
CREATE INDEX "step_work_officer_id" ON "step_work" ("officer_id")
--;
CREATE INDEX "step_work_case_id_step_attempt" ON "step_work" ("case_id", "step", "attempt")
--;
CREATE TABLE "stock_take" ("id" INTEGER NOT NULL PRIMARY KEY, "officer_id" INTEGER NOT NULL, "terminal" VARCHAR(40) NOT NULL, "started_at" DATETIME NOT NULL, "ended_at" DATETIME, "result" TEXT NOT NULL, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "stock_take_officer_id" ON "stock_take" ("officer_id")
--;
CREATE TABLE "stock_count" ("id" INTEGER NOT NULL PRIMARY KEY, "stock_take_id" INTEGER NOT NULL, "case_id" INTEGER, "passport_no" VARCHAR(20) NOT NULL, "place" VARCHAR(20) NOT NULL, "officer_id" INTEGER NOT NULL, "at" DATETIME NOT NULL, FOREIGN KEY ("stock_take_id") REFERENCES "stock_take" ("id") ON DELETE RESTRICT, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "stock_count_stock_take_id" ON "stock_count" ("stock_take_id")
--;
CREATE INDEX "stock_count_case_id" ON "stock_count" ("case_id")
--;
CREATE INDEX "stock_count_officer_id" ON "stock_count" ("officer_id")
--;
CREATE TABLE "tariff" ("id" INTEGER NOT NULL PRIMARY KEY, "kind" VARCHAR(40) NOT NULL, "days" INTEGER, "amount" INTEGER NOT NULL CHECK (amount >= 0), "valid_from" DATE NOT NULL, "valid_until" DATE, "basis" VARCHAR(120) NOT NULL, "note" VARCHAR(200) NOT NULL, "entered_by_id" INTEGER, "entered_at" DATETIME NOT NULL, "released_by_id" INTEGER, "released_at" DATETIME, FOREIGN KEY ("entered_by_id") REFERENCES "person" ("id") ON DELETE RESTRICT, FOREIGN KEY ("released_by_id") REFERENCES "person" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "tariff_entered_by_id" ON "tariff" ("entered_by_id")
--;
CREATE INDEX "tariff_released_by_id" ON "tariff" ("released_by_id")
--;
CREATE TABLE "terminal" ("name" VARCHAR(40) NOT NULL PRIMARY KEY, "first_seen" DATETIME NOT NULL, "last_seen" DATETIME NOT NULL)
--;
CREATE TABLE "vault_object" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "step" VARCHAR(20) NOT NULL, "kind" VARCHAR(40) NOT NULL, "label" VARCHAR(80) NOT NULL, "page" INTEGER NOT NULL, "sha256" CHAR(64) NOT NULL, "blob" VARCHAR(80) NOT NULL, "media_type" VARCHAR(60) NOT NULL, "size" INTEGER NOT NULL, "officer_id" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "meta" TEXT NOT NULL, "discarded_at" DATETIME, "discard_reason" VARCHAR(200) NOT NULL, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "vault_object_case_id" ON "vault_object" ("case_id")
--;
CREATE INDEX "vault_object_officer_id" ON "vault_object" ("officer_id")
--;
CREATE INDEX "vault_object_case_id_kind" ON "vault_object" ("case_id", "kind")
--;
CREATE TABLE "watchlist_decision" ("id" INTEGER NOT NULL PRIMARY KEY, "case_id" INTEGER NOT NULL, "screening_id" INTEGER NOT NULL, "entry_id" VARCHAR(80) NOT NULL, "entry_hash" CHAR(64) NOT NULL, "person_key" CHAR(64) NOT NULL, "decision" VARCHAR(20) NOT NULL, "reason" TEXT NOT NULL, "officer_id" INTEGER NOT NULL, "witness_id" INTEGER NOT NULL, "at" DATETIME NOT NULL, "expires_at" DATETIME, FOREIGN KEY ("case_id") REFERENCES "itk_case" ("id") ON DELETE RESTRICT, FOREIGN KEY ("screening_id") REFERENCES "screening" ("id") ON DELETE RESTRICT, FOREIGN KEY ("officer_id") REFERENCES "officer" ("id") ON DELETE RESTRICT, FOREIGN KEY ("witness_id") REFERENCES "person" ("id") ON DELETE RESTRICT)
--;
CREATE INDEX "watchlist_decision_case_id" ON "watchlist_decision" ("case_id")
--;
CREATE INDEX "watchlist_decision_screening_id" ON "watchlist_decision" ("screening_id")
--;
CREATE INDEX "watchlist_decision_person_key" ON "watchlist_decision" ("person_key")
--;
CREATE INDEX "watchlist_decision_officer_id" ON "watchlist_decision" ("officer_id")
--;
CREATE INDEX "watchlist_decision_witness_id" ON "watchlist_decision" ("witness_id")
--;
CREATE TABLE "watchlist_version" ("version" VARCHAR(60) NOT NULL PRIMARY KEY, "list_date" DATE NOT NULL, "source" VARCHAR(120) NOT NULL, "entries" INTEGER NOT NULL, "hash" CHAR(64) NOT NULL, "imported_at" DATETIME NOT NULL, "operator" VARCHAR(120) NOT NULL, "active" INTEGER NOT NULL)
--;
CREATE UNIQUE INDEX one_open_case_for_a_passport ON itk_case (issuing_state, passport_no) WHERE ended_at IS NULL
--;
CREATE UNIQUE INDEX one_active_claim_for_a_case ON claim (case_id) WHERE released_at IS NULL
--;
CREATE UNIQUE INDEX one_open_work_for_a_case ON step_work (case_id) WHERE closed_at IS NULL
--;
CREATE UNIQUE INDEX one_register_number_for_a_case ON register_number (case_id) WHERE voided_at IS NULL
--;
CREATE UNIQUE INDEX one_live_payment_for_a_case ON payment (case_id) WHERE state NOT IN ('declined', 'cancelled', 'reversed')
--;
CREATE UNIQUE INDEX one_unanswered_sale_for_a_device ON payment (device) WHERE device <> '' AND state IN ('sent', 'acked', 'pending', 'unknown')
--;
CREATE UNIQUE INDEX one_payment_for_a_billing_code ON payment (billing_code) WHERE billing_code <> '' AND state NOT IN ('declined', 'cancelled', 'reversed')
--;
CREATE UNIQUE INDEX one_open_shift_for_a_terminal ON shift (terminal) WHERE closed_at IS NULL
--;
CREATE UNIQUE INDEX one_open_nonconformity_for_a_case ON nonconformity (case_id) WHERE outcome = ''
--;
CREATE UNIQUE INDEX one_active_watchlist ON watchlist_version (active) WHERE active
--;
CREATE UNIQUE INDEX one_open_stock_take_at_a_terminal ON stock_take (terminal) WHERE ended_at IS NULL
--;
CREATE UNIQUE INDEX one_open_call_for_a_ticket ON queue_call (ticket_id) WHERE ended_at IS NULL
--;
CREATE UNIQUE INDEX one_open_call_for_an_officer ON queue_call (officer_id) WHERE ended_at IS NULL
--;
CREATE TRIGGER separation_of_duty BEFORE INSERT ON part WHEN EXISTS (SELECT 1 FROM part p JOIN separation_pair s ON (s.first = p.part AND s.second = NEW.part) OR (s.second = p.part AND s.first = NEW.part) WHERE p.case_id = NEW.case_id AND p.person_id = NEW.person_id) BEGIN SELECT RAISE(ABORT, 'separation_of_duty'); END
--;
CREATE TRIGGER payment_pending_blocks_step BEFORE INSERT ON step_run WHEN NEW.step = 'payment' AND EXISTS (SELECT 1 FROM payment WHERE case_id = NEW.case_id AND state IN ('intent', 'sent', 'acked', 'pending', 'unknown')) BEGIN SELECT RAISE(ABORT, 'payment_pending_blocks_step'); END
--;
CREATE TRIGGER final_payment_is_final BEFORE UPDATE ON payment WHEN NEW.state <> OLD.state AND (OLD.state IN ('declined', 'cancelled', 'reversed') OR (OLD.state IN ('approved', 'settled') AND NEW.state <> 'reversed') OR (OLD.state = 'paid_pending_ntpn' AND NEW.state NOT IN ('settled', 'reversed'))) BEGIN SELECT RAISE(ABORT, 'final_payment_is_final'); END
--;
CREATE TRIGGER sale_is_sent_once BEFORE UPDATE ON payment WHEN NEW.state = 'sent' AND OLD.state NOT IN ('intent', 'sent') BEGIN SELECT RAISE(ABORT, 'sale_is_sent_once'); END
--;
CREATE TRIGGER payment_amount_is_frozen BEFORE UPDATE ON payment WHEN NEW.amount <> OLD.amount OR NEW.case_id <> OLD.case_id OR NEW.charge <> OLD.charge OR (OLD.ntpn IS NOT NULL AND (NEW.ntpn IS NULL OR NEW.ntpn <> OLD.ntpn)) BEGIN SELECT RAISE(ABORT, 'payment_amount_is_frozen'); END
--;
CREATE TRIGGER receipt_is_frozen BEFORE UPDATE ON receipt WHEN NEW.token <> OLD.token OR (OLD.content <> '' AND NEW.content <> OLD.content) OR NEW.receipt_id <> OLD.receipt_id OR NEW.copies < OLD.copies OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL) BEGIN SELECT RAISE(ABORT, 'receipt_is_frozen'); END
--;
CREATE TRIGGER signing_key_is_frozen BEFORE UPDATE ON signing_key WHEN NEW.key_id <> OLD.key_id OR NEW.terminal <> OLD.terminal OR NEW.public_key <> OLD.public_key OR NEW.purposes <> OLD.purposes OR NEW.not_before <> OLD.not_before OR NEW.not_after > OLD.not_after OR (OLD.approved_at IS NOT NULL AND (NEW.approved_at IS NULL OR NEW.approved_by <> OLD.approved_by)) OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NULL OR NEW.revoked_at > OLD.revoked_at)) BEGIN SELECT RAISE(ABORT, 'signing_key_is_frozen'); END
--;
CREATE TRIGGER void_receipt_is_not_redeemed BEFORE INSERT ON handover WHEN NEW.receipt_id IS NOT NULL AND EXISTS (SELECT 1 FROM receipt WHERE id = NEW.receipt_id AND voided_at IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'void_receipt_is_not_redeemed'); END
--;
CREATE TRIGGER receipt_claims_its_own_case BEFORE INSERT ON handover WHEN NEW.receipt_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM receipt WHERE id = NEW.receipt_id AND case_id = NEW.case_id AND type IN (1, 2)) BEGIN SELECT RAISE(ABORT, 'receipt_claims_its_own_case'); END
--;
CREATE TRIGGER one_handover_for_a_case BEFORE INSERT ON handover WHEN EXISTS (SELECT 1 FROM handover WHERE case_id = NEW.case_id OR receipt_id = NEW.receipt_id) BEGIN SELECT RAISE(ABORT, 'one_handover_for_a_case'); END
--;
CREATE TRIGGER register_number_is_kept BEFORE UPDATE ON register_number WHEN NEW.number <> OLD.number OR NEW.case_id <> OLD.case_id OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL) BEGIN SELECT RAISE(ABORT, 'register_number_is_kept'); END
--;
CREATE TRIGGER queue_number_is_kept BEFORE UPDATE ON queue_ticket WHEN NEW.day <> OLD.day OR NEW.series <> OLD.series OR NEW.serial <> OLD.serial OR NEW.priority <> OLD.priority OR (OLD.state IN ('served', 'void') AND NEW.state <> OLD.state) BEGIN SELECT RAISE(ABORT, 'queue_number_is_kept'); END
--;
CREATE TRIGGER ended_call_is_final BEFORE UPDATE ON queue_call WHEN OLD.ended_at IS NOT NULL OR NEW.ticket_id <> OLD.ticket_id OR NEW.officer_id <> OLD.officer_id BEGIN SELECT RAISE(ABORT, 'ended_call_is_final'); END
--;
CREATE TRIGGER case_version_grows BEFORE UPDATE ON itk_case WHEN NEW.version < OLD.version OR NEW.application_no <> OLD.application_no OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL) BEGIN SELECT RAISE(ABORT, 'case_version_grows'); END
--;
CREATE TRIGGER tariff_needs_two_people BEFORE UPDATE ON tariff WHEN NEW.released_by_id = NEW.entered_by_id OR (NEW.released_at IS NOT NULL AND OLD.released_at IS NULL AND (NEW.released_by_id IS NULL OR NEW.entered_by_id IS NULL)) BEGIN SELECT RAISE(ABORT, 'tariff_needs_two_people'); END
--;
CREATE TRIGGER released_tariff_is_frozen BEFORE UPDATE ON tariff WHEN OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR NEW.amount <> OLD.amount OR NEW.kind <> OLD.kind OR COALESCE(NEW.days, 0) <> COALESCE(OLD.days, 0) OR NEW.valid_from <> OLD.valid_from OR NEW.basis <> OLD.basis OR COALESCE(NEW.entered_by_id, 0) <> COALESCE(OLD.entered_by_id, 0) OR COALESCE(NEW.released_by_id, 0) <> COALESCE(OLD.released_by_id, 0)) BEGIN SELECT RAISE(ABORT, 'released_tariff_is_frozen'); END
--;
CREATE TRIGGER case_event_append_only_update BEFORE UPDATE ON case_event BEGIN SELECT RAISE(ABORT, 'case_event_append_only_update'); END
--;
CREATE TRIGGER step_run_append_only_update BEFORE UPDATE ON step_run BEGIN SELECT RAISE(ABORT, 'step_run_append_only_update'); END
--;
CREATE TRIGGER part_append_only_update BEFORE UPDATE ON part BEGIN SELECT RAISE(ABORT, 'part_append_only_update'); END
--;
CREATE TRIGGER custody_append_only_update BEFORE UPDATE ON custody BEGIN SELECT RAISE(ABORT, 'custody_append_only_update'); END
--;
CREATE TRIGGER stock_count_append_only_update BEFORE UPDATE ON stock_count BEGIN SELECT RAISE(ABORT, 'stock_count_append_only_update'); END
--;
CREATE TRIGGER handover_append_only_update BEFORE UPDATE ON handover BEGIN SELECT RAISE(ABORT, 'handover_append_only_update'); END
--;
CREATE TRIGGER payment_event_append_only_update BEFORE UPDATE ON payment_event BEGIN SELECT RAISE(ABORT, 'payment_event_append_only_update'); END
--;
CREATE TRIGGER ledger_append_only_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger_append_only_update'); END
--;
CREATE TRIGGER screening_append_only_update BEFORE UPDATE ON screening BEGIN SELECT RAISE(ABORT, 'screening_append_only_update'); END
--;
CREATE TRIGGER watchlist_decision_append_only_update BEFORE UPDATE ON watchlist_decision BEGIN SELECT RAISE(ABORT, 'watchlist_decision_append_only_update'); END
--;
CREATE TRIGGER audit_event_append_only_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event_append_only_update'); END
--;
CREATE TRIGGER case_event_append_only_delete BEFORE DELETE ON case_event BEGIN SELECT RAISE(ABORT, 'case_event_append_only_delete'); END
--;
CREATE TRIGGER step_run_append_only_delete BEFORE DELETE ON step_run BEGIN SELECT RAISE(ABORT, 'step_run_append_only_delete'); END
--;
CREATE TRIGGER part_append_only_delete BEFORE DELETE ON part BEGIN SELECT RAISE(ABORT, 'part_append_only_delete'); END
--;
CREATE TRIGGER custody_append_only_delete BEFORE DELETE ON custody BEGIN SELECT RAISE(ABORT, 'custody_append_only_delete'); END
--;
CREATE TRIGGER stock_count_append_only_delete BEFORE DELETE ON stock_count BEGIN SELECT RAISE(ABORT, 'stock_count_append_only_delete'); END
--;
CREATE TRIGGER handover_append_only_delete BEFORE DELETE ON handover BEGIN SELECT RAISE(ABORT, 'handover_append_only_delete'); END
--;
CREATE TRIGGER payment_event_append_only_delete BEFORE DELETE ON payment_event BEGIN SELECT RAISE(ABORT, 'payment_event_append_only_delete'); END
--;
CREATE TRIGGER ledger_append_only_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger_append_only_delete'); END
--;
CREATE TRIGGER screening_append_only_delete BEFORE DELETE ON screening BEGIN SELECT RAISE(ABORT, 'screening_append_only_delete'); END
--;
CREATE TRIGGER watchlist_decision_append_only_delete BEFORE DELETE ON watchlist_decision BEGIN SELECT RAISE(ABORT, 'watchlist_decision_append_only_delete'); END
--;
CREATE TRIGGER audit_event_append_only_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event_append_only_delete'); END
--;
CREATE TRIGGER itk_case_append_only_delete BEFORE DELETE ON itk_case BEGIN SELECT RAISE(ABORT, 'itk_case_append_only_delete'); END
--;
CREATE TRIGGER signing_key_append_only_delete BEFORE DELETE ON signing_key BEGIN SELECT RAISE(ABORT, 'signing_key_append_only_delete'); END
--;
CREATE TRIGGER receipt_append_only_delete BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt_append_only_delete'); END
--;
CREATE TRIGGER payment_append_only_delete BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'payment_append_only_delete'); END
--;
CREATE TRIGGER register_number_append_only_delete BEFORE DELETE ON register_number BEGIN SELECT RAISE(ABORT, 'register_number_append_only_delete'); END
--;
CREATE TRIGGER queue_ticket_append_only_delete BEFORE DELETE ON queue_ticket BEGIN SELECT RAISE(ABORT, 'queue_ticket_append_only_delete'); END
--;
CREATE TRIGGER queue_call_append_only_delete BEFORE DELETE ON queue_call BEGIN SELECT RAISE(ABORT, 'queue_call_append_only_delete'); END
--;
CREATE TRIGGER tariff_append_only_delete BEFORE DELETE ON tariff BEGIN SELECT RAISE(ABORT, 'tariff_append_only_delete'); END
--;
CREATE TRIGGER vault_object_append_only_delete BEFORE DELETE ON vault_object BEGIN SELECT RAISE(ABORT, 'vault_object_append_only_delete'); END
--;
CREATE TRIGGER archive_record_append_only_delete BEFORE DELETE ON archive_record BEGIN SELECT RAISE(ABORT, 'archive_record_append_only_delete'); END
--;
CREATE TRIGGER billing_append_only_delete BEFORE DELETE ON billing BEGIN SELECT RAISE(ABORT, 'billing_append_only_delete'); END
