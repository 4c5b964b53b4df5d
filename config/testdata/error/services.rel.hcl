rel { project = "shop" }

environment "staging" {
  target "local" "web" {}
}

release "shop" {
  artifact {
    source   = "a.tar.gz"
    insecure = true
  }
  service "a" { # error: The argument "command" is required
    target = "wep" # error: The release "shop" is deployed to "staging", but that environment has no target "wep". Did you mean "web"?
    unit   = "a.service" # error: The argument "unit" is not supported by this version of rel
  }
  service "b" {
    target  = "web"
    command = [] # error: "command" must begin with the program to run.
    port    = 70000 # error: "port" must be a whole number from 1 to 65535.
  }
  service "c" {
    target  = "web"
    command = ["../bin/c"] # error: The program "../bin/c" leaves the revision's folder.
    ports   = { blue = 1, gren = 2 } # error: The ports of a service are exactly two
  }
  service "d" {
    target  = "web"
    command = "serve now" # error: Wrong type; List of string required
    port    = 80
    ports   = { blue = 1, green = 2 } # error: A service has either port, for one slot, or ports, for two.
  }
  service "e" {
    target            = "web"
    command           = ["e\u0000"] # error: The text holds a NUL character.
    ports             = { blue = 0, green = "x" } # error: Wrong type; In green, a number is required
    stop_signal       = "SIGTRM" # error: "SIGTRM" cannot be the stop_signal: there are "SIGTERM", "SIGINT"
    stop_timeout      = "long" # error: "long" is not a duration
    working_directory = "../.." # error: "../.." cannot be the working_directory: it is not below the revision's folder.
  }
  service "f" {
    target  = "web"
    command = ["f", var.x, path.module] # error: There is no variable "x". # error: There is nothing named "path" here.
    ports   = { blue = 0, green = 2 } # error: "blue" of "ports" must be a whole number from 1 to 65535.
    user    = "u\uFDD0" # error: The text holds one of the characters U+FDD0 and U+FDD1
  }
  service "i" { # error: The argument "command" is required
    target = "web"
    command {}   # error: Blocks of type "command" are not expected here. Did you mean to define argument "command"?
    user = null
    helth_check "http" {} # error: Blocks of type "helth_check" are not expected here. Did you mean "health_check"?
  }
  service "g" {
    target  = "" # error: "" cannot be the target
    command = ["g"]
    user    = "root:wheel" # error: "root:wheel" cannot be the user: write the name or number of a user.
  }
  service "h" {
    target  = "web"
    command = ["h"]
    health_check "http" { # error: The service has no port, so the health check needs one
      path          = "health" # error: The path of a health check begins with a slash
      expect_status = 99 # error: "expect_status" must be a whole number from 100 to 599.
      interval      = "0s" # error: "interval" must be longer than 0s.
      successes     = 0 # error: "successes" must be a whole number from 1
      from          = "host" # error: The argument "from" is not supported by this version of rel
      command       = ["x"] # error: It belongs to a health_check of type "command".
    }
    health_check "http" {
      port    = 80
      path    = "/a b" # error: The path "/a b" has a space or control character in it
      headers = { "X-A" = "1\nX-B: 2" } # error: "X-A" = "1\nX-B: 2" cannot be a header.
    }
    health_check "tcp" { port = 0 } # error: "0" is not a port
    health_check "command" {} # error: The argument "command" is required
    health_check "lua" {} # error: The health_check type "lua" is not supported
    health_check "systemd" {} # error: The health_check type "systemd" is not supported
    health_check "htp" {} # error: "htp" is not a type of health_check; there are: http, tcp, command. Did you mean "http"?
    health_check "http" "x" {} # error: Write it as: health_check "TYPE" { … }
  }
  deploy "staging" { version = "1" }
}
