rel { project = "../shop" } # error: "../shop" cannot be the project: a name begins with a letter
