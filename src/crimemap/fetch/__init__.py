"""
Downloads: police.uk archives, ONS boundaries, Code-Point Open postcodes.

Everything that comes from another server is hostile until proved otherwise: sizes are capped, addresses checked, names in
archives never become paths, and nothing is put in place before its size and checksum agree.
"""
