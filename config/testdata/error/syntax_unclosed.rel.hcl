rel { project = "shop" }

locals {
  a = [1, 2
} # error: Missing item separator; Expected a comma
