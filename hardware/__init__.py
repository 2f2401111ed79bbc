"""Devices: codecs, drivers, simulators. Knows nothing of applicants or cases."""
