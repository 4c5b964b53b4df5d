# The least that can be deployed: every default shows in the result.
rel { project = "hello" }

environment "development" {
  target "local" "web" {}
}

release "hello" {
  artifact {
    source   = "file:///srv/hello-${release.version}.tar.gz"
    checksum = "sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"
  }
  service "web" {
    command = ["bin/hello"]
    port    = 8080
    health_check "http" {}
  }
  deploy "development" { version = "1.0.0" }
}
