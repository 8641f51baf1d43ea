"""Domains below which anybody can have a name, and serve pages there.

The Public Suffix List (publicsuffix.org) has some ten thousand, and changes every week. Here are
those that a wildcard is likely to name: countries' registries by their form, and hosters whose
customers' pages are apps. What is missing here is not noticed.
"""

import re

# "co.uk", "com.au": many countries' registries sell names below such a suffix.
_REGISTRY = re.compile(r"(?:ac|co|com|edu|go|gob|gov|gv|ne|net|nom|or|org)\.[a-z]{2}\Z")
# From its private section, of 2026-10-22.
_HOSTERS = """
    amplifyapp.com appspot.com azurefd.net azurestaticapps.net azurewebsites.net blogspot.com
    cloudfront.net csb.app deno.dev deno.net duckdns.org firebaseapp.com fly.dev github.io
    githubpreview.dev gitlab.io herokuapp.com hf.space lovable.app myshopify.com netlify.app
    ngrok-free.app ngrok-free.dev ngrok.app ngrok.dev ngrok.io now.sh onrender.com pages.dev
    r2.dev replit.app s3.amazonaws.com streamlit.app surge.sh trycloudflare.com up.railway.app
    vercel.app vusercontent.net web.app webflow.io wixsite.com workers.dev
"""
_OF_HOSTERS = frozenset(_HOSTERS.split())


def has_strangers(domain: str) -> bool:
    """Return whether names below *domain* belong to many owners, of whom anybody may be one."""
    return domain in _OF_HOSTERS or _REGISTRY.match(domain) is not None
