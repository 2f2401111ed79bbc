"""Readers of QR codes, barcodes and machine-readable zones on a serial line."""
