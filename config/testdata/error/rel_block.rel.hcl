rel { # error: The argument "project" is required
  projekt = "shop" # error: An argument named "projekt" is not expected here. Did you mean "project"?
  backend "local" { # error: The block "backend" is not supported by this version of rel
    path = "/tmp"
  }
}

rel { project = "Shop" } # error: Only one rel block is allowed here; the first is at rel_block.rel.hcl:1
