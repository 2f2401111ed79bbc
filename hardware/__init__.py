"""The devices of a counter terminal: one package for each family, and the life they share.

A driver knows bytes, baud rates and a vendor's words; it knows no applicant and no step. See `hardware.registry` for
the one table of roles, drivers and simulators.
"""
