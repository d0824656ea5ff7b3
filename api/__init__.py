"""The web applications: public (reads releases) and partner (reads the workspace)."""
