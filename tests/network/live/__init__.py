"""The network test's page in Chromium, in networks where one thing at a time is wrong."""
