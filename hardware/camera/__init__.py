"""Cameras for portraits: a V4L2 webcam, or a file, folder or web address that another program keeps up to date."""
