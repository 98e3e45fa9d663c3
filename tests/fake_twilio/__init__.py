"""A Twilio of our own over HTTP: its messages and numbers, with a script of what goes wrong."""
