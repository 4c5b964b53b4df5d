rel { project = "shop" }

environment "staging" {
  target "local" "web" {}
  target "local" "jobs" {}
}
environment "production" {
  target "local" "web" {}
}

release "nowhere" { # error: The release "nowhere" is deployed to no environment.
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "web" { command = ["web"] }
}

release "empty" { # error: At least one block of this type is required here: artifact { … } # error: A release has at least one service: service "NAME" { … }
  deploy "staging" { version = "1" }
}

release "api" {
  depends_on = [release.shop] # error: These releases depend on each other: release.api → release.shop → release.api.
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  artifact {} # error: Only one artifact block is allowed here # error: The argument "source" is required
  service "web" { command = ["web"] }
  deploy "stagin" { version = "1" }  # error: There is no environment "stagin". Did you mean "staging"?
  deploy "production" {}             # error: The argument "version" is required
  deploy "staging" { version = "../1" }  # error: "../1" cannot be the version: it names folders
  deploy "staging" { version = "2" }     # error: There is another deploy "staging", at
}

release "shop" {
  depends_on = [release.api, release.apo, release.api, "api"] # error: There is no release "apo". Did you mean "api"? # error: release.api is named twice # error: Did you mean release.api, without quotes?
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "worker" { # error: The release "shop" is deployed to "staging", but that environment has no target "worker". # error: The release "shop" is deployed to "production", but that environment has no target "worker".
    command    = ["work"]
    depends_on = [service.web]
  }
  service "web" {
    command    = ["web"]
    target     = "jobs" # error: The release "shop" is deployed to "production", but that environment has no target "jobs".
    depends_on = [service.worker] # error: These services depend on each other: service.web → service.worker → service.web.
  }
  service "typed" {
    command    = ["web"]
    target     = ["jobs"] # error: Wrong type; String required
    depends_on = service.web # error: A list of references is expected here, as in [service.NAME].
  }
  deploy "staging" { version = release.version } # error: "release" is known only inside a release block, and not in what its deploy blocks say
  deploy "production" {
    version  = "1.0"
    strategy = release.api # error: A reference to a strategy block is expected here, as in strategy.NAME.
  }

  hook "before_apply" "x" {} # error: The block "hook" is not supported
  file "etc/x" {}            # error: The block "file" is not supported
  backup "database" {}       # error: The block "backup" is not supported
  migration "schema" {}      # error: The block "migration" is not supported
  checklist {}               # error: The block "checklist" is not supported
  health_check "http" {}     # error: Blocks of type "health_check" are not expected here.
}
