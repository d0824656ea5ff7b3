"""Vector tiles of a release's layers: cutting them, writing them, and the archives in which a release keeps them."""
