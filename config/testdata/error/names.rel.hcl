rel { project = "shop" }

environment "Production" {} # error: "Production" cannot be a name: a name begins with a letter from a to z

environment "staging" {}
environment "staging" {} # error: There is another environment "staging", at names.rel.hcl:5

environment {}             # error: Write it as: environment "NAME" { … }
environment "local" "a" {} # error: Write it as: environment "NAME" { … }

strategy "rolling" "fast" {}
strategy "recreate" "fast" {} # error: There is another strategy "fast", at names.rel.hcl:11
