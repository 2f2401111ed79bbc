"""What people see: the full-screen terminal app. Holds no rule of the office."""
