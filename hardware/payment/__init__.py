"""Payment terminals (EDC) driven by the counter: one interface, one codec for each bank's link, one simulator for
each.
"""
