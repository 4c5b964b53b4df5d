rel {
  project          = "shop"
  required_version = "^1.0" # error: "^1.0" is not a constraint of versions
}
