"""OGC API Features and Tiles: the release's areas, hotspots and summaries as layers that any GIS opens from one address."""
