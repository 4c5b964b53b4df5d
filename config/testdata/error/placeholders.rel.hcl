rel { project = "shop" }

environment "staging" {
  target "local" "web" {}
}

release "shop" {
  artifact {
    source   = "a-${slot}.tar.gz" # error: "slot" is known only when an instance is activated: it can be used in the command of a service
    insecure = true
  }
  service "web" { # warning: Every instance in one batch
    target  = "web"
    port    = 80
    user    = "u${port}" # error: "port" is known only when an instance is activated
    command = [
      "web",
      port == "80" ? "a" : "b",        # error: "port" is known only when an instance is activated. It can be an element of a list
      "${port + 1}",                   # error: nothing can be computed from it
      upper(slot),                     # error: nothing can be computed from it
      { blue = 1 }[slot],              # error: nothing can be computed from it
      format("%s", instance.key),      # error: nothing can be computed from it
      slot[0],                         # error: nothing can be computed from it
      "%{if slot == "blue"}x%{endif}", # error: nothing can be computed from it
      join(",", [for s in [slot] : s]), # error: nothing can be computed from it
      -port,                           # error: nothing can be computed from it
      [for p in [port] : p][0],        # error: nothing can be computed from it
    ]
  }
  service "loops" {
    target = "web"
    command = concat(
      [for s in ["a"] : s if slot == "a"], # error: nothing can be computed from it
      [for s in [slot] : s],               # error: nothing can be computed from it
    )
    health_check "http" {
      port    = 80
      headers = { (slot) = "x" } # error: nothing can be computed from it
    }
  }
  service "unknown" {
    target  = "web"
    command = ["x", instance.name, instance, port] # error: There is no instance.name. # error: "instance" needs the name of what is meant # error: The service has no port: give it one with port or ports.
  }
  service "dollar" {
    target  = "web"
    command = ["x", "${"$"}${slot}"] # error: A dollar sign stands right before a placeholder
  }
  service "whole" {
    target  = "web"
    command = [instance] # error: "instance" needs the name of what is meant
  }
  deploy "staging" { version = "1" }
}
