rel { project = "shop" }

environment "staging" {
  target "local" "web" {}
}

release "http" {
  artifact { # error: The argument "checksum" is required, so that what is reviewed is what runs
    source = "http://example.org/a.tar.gz" # error: http can be changed on the way; use https, or a file
    signature {} # error: The block "signature" is not supported
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "1" }
}

release "s3" {
  artifact {
    source   = "s3://bucket/a.tar.gz" # error: sources of s3 are not supported by this version of rel
    checksum = "md5:0123" # error: "md5:0123" cannot be the checksum: write "sha256:HEX"
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "1" }
}

release "user" {
  artifact {
    source   = "https://me:pw@example.org/a" # error: the URL holds a user or password, which the plan would show
    checksum = "sha256:0123" # error: a sha256 has 64 hexadecimal digits
    insecure = true # error: insecure = true says that there is no checksum, but there is one.
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "1" }
}

release "ftp" {
  artifact {
    source   = "ftp://example.org/a" # error: write an https URL, or the path of a file
    checksum = "file:http://example.org/SUMS" # error: http can be changed on the way
    contains = ["bin/a", "../b"] # error: "../b" is not a path inside the artifact.
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "1" }
}

release "file" {
  artifact {
    source   = "file://srv/a" # error: a file URL has three slashes
    checksum = "file:" # error: there is no path
    contains = [null] # error: No element of "contains" can be null.
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "1" }
}

release "empty" {
  artifact {
    source   = "" # error: "" cannot be the source: there is no path.
    checksum = "" # error: "" cannot be the checksum
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "" } # error: "" cannot be the version
}

release "null" {
  artifact {
    source   = null # error: The argument "source" is required, but its value is null.
    checksum = "file:SHA256SUMS"
    image    = "x" # error: The argument "image" is not supported
  }
  service "web" { command = ["web"] }
  deploy "staging" { version = "1" }
}
