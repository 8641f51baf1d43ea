"""Formats of the list of rules: for people, for programs, and for what filters packets and names.

Each module has one function that returns the whole text:

    markdown.text(paper)   tables and remarks
    csv.text(paper)        RFC 4180
    json.text(paper)       docs/reference/firewall.schema.json
    edl.text(paper)        a Palo Alto external dynamic list: one host a line
    nftables.text(paper)   for `nft -f`
    squid.text(paper)      for squid.conf's `include`
"""
