rel { project = "shop" }

variable "missing" {} # error: The variable "missing" has no default, and no value is given. Give one with -var missing=VALUE

variable "number" {
  type    = number
  default = "ten" # error: The value of variable "number" does not fit its type, number: a number is required.
}

variable "bad_type" {
  type    = strin # error: The keyword "strin" is not a valid type specification
  default = "a"
}

variable "computed" {
  default = local.a # error: There is nothing named "local" here
}

variable "null" {
  nullable = false
  default  = null # error: The default cannot be null where nullable = false
}

variable "port" {
  type    = number
  default = 80
  validation {
    condition     = var.port > 1024 # error: Ports below 1024 need root, 80 is one.
    error_message = "Ports below 1024 need root, ${var.port} is one."
  }
  validation {
    condition     = "maybe" # error: A bool is required
    error_message = "x"
  }
  validation {
    condition     = null # error: "condition" must be true or false.
    error_message = "x"
  }
  validation { # error: The argument "condition" is required
    error_message = "x"
  }
  validation {
    condition     = local.a # error: There is nothing named "local" here
    error_message = "x"
  }
}

variable "object" {
  type = object({
    level = string
    sizes = optional(list(number), [])
  })
  default = { # error: The value of variable "object" does not fit its type
    level = "info"
    sizes = ["big"]
  }
}

locals {
  a = 1
  b = var.prot # error: There is no variable "prot". Did you mean "port"?
  c = var      # error: "var" needs the name of what is meant, as in var.NAME
}
