"""A demo office: made-up officers and applicants, simulated devices. Nobody here exists."""
