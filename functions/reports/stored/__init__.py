"""Definitions of reports that an account keeps: made, read, changed and deleted by API."""
