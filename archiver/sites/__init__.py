"""What is known of each site: declarative profiles, one small TOML file a site, and the book that finds the one for a page."""
