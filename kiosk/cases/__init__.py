"""The life of a case: opened, claimed, worked on, completed step by step, held, sent back, ended."""
