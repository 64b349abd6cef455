"""Organization Mapping: whose usage it is, by organization and by module organization."""
