# Environments, strategies and variables: all that a release can refer to.

rel {
  project          = "shop"
  required_version = ">= 0.1.0"
}

variable "shop_version" {
  type        = string
  description = "Version of the shop in production"
  validation {
    condition     = can(regex("^\\d+\\.\\d+\\.\\d+$", var.shop_version))
    error_message = "Versions are MAJOR.MINOR.PATCH."
  }
}

variable "web" {
  type = object({
    instances = optional(number, 3)
    level     = optional(string, "info")
  })
  default = {}
}

locals {
  artifacts = "https://artifacts.internal/${local.project}"
  project   = "shop" # in any order
}

environment "staging" {
  target "local" "web" { instances = 2 }
  target "local" "jobs" {}
}

environment "production" {
  strategy = strategy.careful

  target "local" "web" {
    instances     = var.web.instances
    load_balancer = load_balancer.edge
  }
  target "local" "jobs" { root = "/srv/jobs" }

  load_balancer "embedded" "edge" { bind = "127.0.0.1:8080" }
}

strategy "rolling" "fast" {
  max_parallel     = "50%"
  min_healthy_time = "1s"
}

strategy "blue_green" "switch" { keep_old = "15m" }

strategy "canary" "careful" {
  max_parallel = 2
  step {
    weight = 5
    hosts  = 1
    pause  = "5m"
  }
  step {
    weight = 50
    hosts  = "50%"
    pause  = "1h30m"
  }
  auto_promote  = false
  keep_releases = 3
}

strategy "recreate" "restart" { auto_revert = false }
