rel { project = "shop" }

locals {
  a      = local.b # error: These local values need each other: local.a → local.b → local.c → local.a.
  b      = local.c
  c      = "${local.a}!"
  self   = local.self # error: These local values need each other: local.self → local.self.
  after  = local.a    # what needs them is not a mistake of its own
  number = 1 + "one"  # error: a number is required
  twice  = 1
}

locals {
  twice   = 2           # error: There is another local value "twice", at locals.rel.hcl:10
  unknown = local.twise # error: There is no local value "twise". Did you mean "twice"?
  lost    = nothing     # error: There is nothing named "nothing" here.
  call    = uper("x")   # error: There is no function named "uper". Did you mean "upper"?
  clock   = timestamp() # error: There is no function named "timestamp".
  env     = env("HOME") # error: There is no function named "env".
  file    = file("missing.txt") # error: cannot read "missing.txt": no such file or directory
  secret  = secret.pw   # error: A reference to secret is not supported by this version of rel.
  port    = port        # error: "port" is known only when an instance is activated
  version = release.version # error: "release" is known only inside a release block
  index   = local["twice"] # error: "local" needs the name of what is meant, as in local.NAME
  block   = strategy.fast   # error: A strategy is not a value: it can be named only where a block is expected
}
