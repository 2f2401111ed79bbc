"""The office: what must happen, in which order, by whom (SOP W.6.IMI.IMI.2.GR.04.02-745)."""
