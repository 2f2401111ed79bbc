"""Fingerprint modules of the EF 01 family: ZFM-20/60, R305, R307, AS608, FPM10A, R503.

Their templates are proprietary to the family and their images have 16 grey levels: good for a local record and for
comparing one person with that record, not for enrolment in a national system.
"""
