"""Downloads: police.uk archives, ONS boundaries, postcodes. Polite, resumable, checked."""
