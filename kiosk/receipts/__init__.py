"""Receipts: the ITK1 token, its short code and keys, what each paper says and how it is laid out."""
