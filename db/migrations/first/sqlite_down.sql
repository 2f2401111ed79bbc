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
