rel { project = "" } # error: "" cannot be the project: a name begins with a letter
