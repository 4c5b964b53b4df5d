rel { project = "shop" }

environment "production" {
  target "local" "a" { load_balancer = load_balancer.edge }
  target "local" "b" { load_balancer = load_balancer.edge }
  target "local" "c" {}
  load_balancer "embedded" "edge" { bind = ":80" }
}

release "shop" {
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "a" {
    command = ["a"]
    ports   = { blue = 1000, green = 1001 }
  }
  service "worker" {
    target  = "a"
    command = ["worker"]
  }
  service "b" { # error: In environment "production", load balancer "edge" serves service "a" already (balancers.rel.hcl:15).
    command = ["b"]
    ports   = { blue = 2000, green = 2001 }
  }
  service "c" { # error: release "shop" goes by strategy "switch" (blue_green), which cannot work for service "c": it needs two ports
    command = ["c"]
    ports   = { blue = 3000, green = 3001 }
  }
  deploy "production" {
    version  = "1"
    strategy = strategy.switch
  }
}

environment "small" {
  target "local" "c" { load_balancer = load_balancer.edge }
  load_balancer "embedded" "edge" { bind = ":80" }
}

release "single" {
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "c" { # warning: service "c" of release "single" has one slot and one instance, so no part of its traffic can go to a new version
    command = ["c"]
    port    = 4000
  }
  deploy "small" {
    version  = "1"
    strategy = strategy.share
  }
}

release "canary" {
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "c" { # error: release "canary" goes by strategy "share" (canary), which cannot work for service "c": it needs a target with a load_balancer
    command = ["c"]
    port    = 4000
  }
  deploy "production" {
    version  = "1"
    strategy = strategy.share
  }
}

release "rolling" {
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "c" { # warning: service "c" of release "rolling" has one slot, and rolling, the default strategy would take all its instances (1) out of traffic at once
    command = ["c"]
    port    = 5000
  }
  deploy "production" { version = "1" }
}

strategy "blue_green" "switch" {}
strategy "canary" "share" {
  step { weight = 10 }
}
