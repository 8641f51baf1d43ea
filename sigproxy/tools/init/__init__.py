"""``sigproxy init``: a whole set-up of a gateway, written into a folder.

``files`` says what is in it, ``steps`` what its operator does with it, ``write`` writes it.
"""
