rel { project = var.name } # error: There is nothing named "var" here

variable "name" { default = "shop" }
