"""Officers, sign-in, duties, delegation: who may act, and where."""
