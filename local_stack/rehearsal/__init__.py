"""The whole platform on one machine: `site.yml` as it stands, against hosts that EC2 is asked for."""
