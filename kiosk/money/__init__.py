"""Money: tariffs, charges, payments and their life, the ledger, billing codes, the treasurer's shifts.

Integer rupiah everywhere. `charges`, `methods` and `states` are pure; the others read and write rows inside a unit of
work; `charging` alone speaks to a payment terminal.
"""
