"""What the public sees: releases, pages, maps, feeds."""
