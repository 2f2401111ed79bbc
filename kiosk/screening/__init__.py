"""The screening room: is this applicant on the cekal list (SOP step 3)? No database, device or screen."""
