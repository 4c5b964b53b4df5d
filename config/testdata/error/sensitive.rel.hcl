rel { project = "shop" }

variable "password" {
  default   = "hunter2hunter2"
  sensitive = true
}

variable "pin" { # error: What is given to the sensitive variable "pin" (default) is not a value of its type, number. Neither the value nor its line is shown.
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
  number = parseint(var.password, 10)          # error: The expression uses a sensitive value, so the reason is not shown.
  nested = parseint(upper("x${var.password}"), 10) # error: The expression uses a sensitive value
  looped = { for s in [var.password, var.password] : upper(s) => 1 } # error: Duplicate object key; The expression uses a sensitive value
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
