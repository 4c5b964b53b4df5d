rel { project = "shop" }

environment "production" {
  strategy      = strategy.carefull # error: There is no strategy "carefull". Did you mean "careful"?
  settings_file = "production.env"  # error: The argument "settings_file" is not supported by this version of rel
  settings      = {}                # error: The argument "settings" is not supported by this version of rel
  promotion {}                      # error: The block "promotion" is not supported
  approval {}                       # error: The block "approval" is not supported
  window {}                         # error: The block "window" is not supported
  dependency "database" {}          # error: The block "dependency" is not supported
  monitor {}                        # error: The block "monitor" is not supported

  target "ssh" "web" {}        # error: The target type "ssh" is not supported by this version of rel
  target "kubernetes" "k" {}   # error: The target type "kubernetes" is not supported by this version of rel
  target "locl" "jobs" {}      # error: "locl" is not a type of target; there are: local. Did you mean "local"?
  target "local" "jobs" {}     # error: There is another target "jobs", at
  target "local" "none" { instances = 0 }   # error: "instances" must be a whole number from 1 to 100000
  target "local" "half" { instances = 1.5 } # error: "instances" must be a whole number
  target "local" "word" { instances = "x" } # error: Wrong type; A number is required
  target "local" "root" { root = "srv" }    # error: "srv" cannot be the root: it must be an absolute path
  target "local" "hosts" { hosts = ["a"] }  # error: The argument "hosts" is not supported by this version of rel
  target "local" "far" { load_balancer = load_balancer.egde } # error: There is no load_balancer "egde". Did you mean "edge"?
  target "local" "near" { load_balancer = "edge" }  # error: A reference to a load_balancer block is expected here, as in load_balancer.NAME. Did you mean load_balancer.edge, without quotes?
  target "local" "maybe" { load_balancer = true ? load_balancer.edge : null }  # error: A reference to a load_balancer block is expected here
  target "local" "number" { load_balancer = 5 }  # error: A reference to a load_balancer block is expected here, as in load_balancer.NAME.
  target "local" "refused" { load_balancer = load_balancer.ha } # that it is refused is enough

  load_balancer "haproxy" "ha" {} # error: The load_balancer type "haproxy" is not supported by this version of rel
  load_balancer "embedded" "edge" {} # error: The argument "bind" is required # warning: No target of environment "production" names load balancer "edge"
  load_balancer "embedded" "word" { bind = "localhost:http" } # error: "localhost:http" cannot be the bind: write HOST:PORT # warning: names load balancer "word"
  load_balancer "embedded" "name" { bind = "example.org:80" } # error: "example.org:80" cannot be the bind: write HOST:PORT # warning: names load balancer "name"
  load_balancer "embedded" "zero" { bind = ":0" }             # error: ":0" cannot be the bind: write HOST:PORT # warning: names load balancer "zero"
}

strategy "rolling" "careful" {}
