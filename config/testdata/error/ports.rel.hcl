rel { project = "shop" }

environment "staging" {
  target "local" "web" { instances = 10 }
  target "local" "one" { load_balancer = load_balancer.edge }
  target "local" "many" { instances = 10000 }
  load_balancer "embedded" "edge" { bind = "127.0.0.1:8085" }
  load_balancer "embedded" "also" { bind = ":8085" }          # error: load balancer "also" and load balancer "edge" (ports.rel.hcl:7) both take port 8085 # warning: names load balancer "also"
  load_balancer "embedded" "other" { bind = "127.0.0.2:8085" } # error: load balancer "other" and load balancer "also" # warning: names load balancer "other"
}

release "shop" {
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "web" { # error: service "web" of release "shop" in slot blue and load balancer "edge" (ports.rel.hcl:7) both take port 8085. # error: and load balancer "also" # error: and load balancer "other"
    command = ["web"]
    ports   = { blue = 8081, green = 9082 } # 8081 8083 … 8099 and 9082 9084 … 9100
  }
  service "between" { # fits between the others
    target  = "web"
    command = ["web"]
    ports   = { blue = 8082, green = 9083 }
  }
  service "same" { # error: in slot green and service "between" of release "shop" in slot green (ports.rel.hcl:21) both take port 9101.
    target  = "web"
    command = ["web"]
    ports   = { blue = 7000, green = 9101 }
  }
  service "many" { # error: the last of the 10000 instances of service "many" of release "shop" in slot main would have port 69999, but there are only 65535.
    command = ["many"]
    port    = 60000
  }
  deploy "staging" { version = "1" }
}
