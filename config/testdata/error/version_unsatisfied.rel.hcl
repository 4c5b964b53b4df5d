rel {
  project          = "shop"
  required_version = ">= 9.0" # error: The project requires rel >= 9.0, but this is rel 0.1.0
}

whatever "new" { nobody = "knows" } # not reported: it may be for that version
