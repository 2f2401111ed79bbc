"""The same screens, line by line: for screen readers, Braille lines and scripts.

The program runs without drawing anything. What stands on the screen in front is read out as lines, the field with the
cursor becomes a question, and the answer goes into that very field: forms, rules, drafts and words are those of the
full screen, and there is nothing here that knows a step.
"""
