"""What is known of each site: declarative profiles, one small file a site."""
