"""A believable provider with a year of counts, for trying the product out."""
