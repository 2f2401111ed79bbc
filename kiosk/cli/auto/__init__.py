"""`kiosk demo --auto`: officers made of code at the real terminal app, who do everything by key presses."""
