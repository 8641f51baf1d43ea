"""The clients: wrk where it suffices, our own raw ones where it does not.

wrk resumes TLS sessions, knows no WebSockets, and no rate that it would keep. Ours run as a process
of their own and wait for a word before they begin, so that connecting is not part of what is
measured.
"""
