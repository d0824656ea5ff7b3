"""Incidents, outcomes and stops: read, cleaned, stored. PRIVATE: only pipeline, jobs and the partner application go in."""
