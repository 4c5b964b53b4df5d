# Where placeholders may stand, and what expressions can do around them.
rel { project = "expressions" }

variable "flags" {
  type    = map(string)
  default = { level = "info", format = "json" }
}

variable "tls" { default = false }

locals {
  flags = [for name, value in var.flags : "--${name}=${value}"]
  long  = <<-EOT
    first line
    second line of ${local.owner}
  EOT
  owner = lower("OPS")
}

environment "development" {
  target "local" "web" {
    instances     = length(var.flags)
    load_balancer = load_balancer.edge
  }
  target "local" "other" {}
  load_balancer "embedded" "edge" { bind = "localhost:8000" }
}

strategy "rolling" "all" { max_parallel = "100%" }

release "web" {
  artifact {
    source   = "builds/${release.name}-${release.version}.tar.gz"
    checksum = "file:builds/SHA256SUMS"
  }
  service "web" {
    command = flatten([
      "bin/web",
      (port),
      ["--listen", var.tls ? "https://${instance.host}" : "http://${instance.host}:${port}"],
      [for port in ["a", "b"] : upper(port)], # a name of its own, not the placeholder
      [for name in ["x", "y"] : "${name}=${slot}" if name != "y"],
      compact(["", slot]),
      concat(local.flags, [instance.key]),
      "%{for n in [1, 2]}${n}:${port} %{endfor}%{if var.tls}tls%{else}${slot}%{endif}",
      <<-EOT
        heredoc ${port}
      EOT
      ,
      "$${port} is literal, $$ and 100% are too",
      templatefile("templates/banner.txt", { owner = local.owner }),
      local.long,
    ])
    ports = { green = 9000, blue = 9001 }
    health_check "http" {
      path        = "/health/${instance.key}?slot=${slot}"
      port        = 9500
      expect_body = "ok ${slot}"
      headers     = { "X-Slot" = slot, "X-Team" = local.owner }
    }
    health_check "tcp" { port = port }
  }
  service "worker" {
    target  = "other"
    command = ["worker", slot, instance.key]
  }
  service "single" { # all of its one instance at once: a warning
    target  = "other"
    command = ["single"]
    port    = 7000
  }
  deploy "development" {
    version  = try(var.flags.version, "0.1.0+dev")
    strategy = strategy.all
  }
}
