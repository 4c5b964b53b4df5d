release "shop" {
  depends_on = [release.api]

  artifact {
    source   = "${local.artifacts}/shop-${release.version}.tar.gz"
    checksum = "file:${local.artifacts}/SHA256SUMS"
    contains = ["bin/shop"]
  }

  service "web" {
    command = concat(
      ["bin/shop", "serve", "--listen", ":${port}"],
      [for name in ["key", "env"] : "--${name}=${name == "key" ? instance.key : environment.name}"],
      var.web.level == "debug" ? ["--debug"] : [],
    )
    ports        = { blue = 8081, green = 9081 }
    user         = "shop"
    stop_timeout = "20s"
    health_check "http" {
      path      = "/health"
      interval  = "2s"
      timeout   = "1s"
      successes = 2
      headers   = { Host = "${instance.host}:${port}" }
    }
    health_check "command" {
      command = ["bin/check", slot, "literal $${port}"]
    }
  }

  service "worker" {
    target      = "jobs"
    command     = ["bin/shop", "work", "--name", "${release.name}@${release.version}"]
    depends_on  = [service.web]
    stop_signal = "SIGINT"
  }

  deploy "staging" {
    version  = "1.5.0"
    strategy = strategy.fast
  }
  deploy "production" { version = var.shop_version }
}

release "api" {
  artifact {
    source   = "builds/api.tar.gz"
    insecure = true
  }
  service "api" {
    target            = "jobs"
    command           = ["/usr/bin/env", "api"]
    port              = 7000
    working_directory = "data"
    health_check "tcp" {}
  }
  deploy "production" {
    version  = "2.0.0-rc1"
    strategy = strategy.restart
  }
}
