"""Document scanners: one on this machine through SANE, or one in the network that drops pages into a folder."""
