"""The waiting room: numbers drawn, called and served; who is next by a stated rule; what the public display shows."""
