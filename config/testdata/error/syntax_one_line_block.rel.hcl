rel { project = "shop", required_version = ">= 0.1.0" } # error: Invalid single-argument block definition
