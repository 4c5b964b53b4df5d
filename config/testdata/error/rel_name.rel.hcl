rel { project = "../shop" } # error: "../shop" cannot be a name
