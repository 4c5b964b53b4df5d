rel { project = "shop" }

variable "password" {
  default   = "hunter2hunter2"
  sensitive = true
}

variable "pin" { # error: The default of the sensitive variable "pin" is not a value of its type, number. The value and its line are not shown.
  type      = number
  default   = "hunter2"
  sensitive = true
}

variable "checked" {
  default   = "hunter3"
  sensitive = true
  validation {
    condition     = length(var.checked) > 8
    error_message = "The value ${var.checked} is too short" # error: "error_message" would show a sensitive value
  }
}

locals {
  url    = "postgres://shop:${var.password}@db"
  number = parseint(var.password, 10)          # error: The function failed. It was given a sensitive value, so the reason is not shown.
  nested = parseint(upper("x${var.password}"), 10) # error: It was given a sensitive value
}

environment "production" {
  target "local" "web" { root = "/srv/${var.password}" } # error: "root" would show a sensitive value in the plan
}

release "shop" {
  artifact {
    source   = "shop.tar.gz"
    insecure = true
  }
  service "web" {
    command = ["web", local.url] # error: "command" would show a sensitive value in the plan
  }
  deploy "production" { version = var.password } # error: "version" would show a sensitive value in the plan
}
