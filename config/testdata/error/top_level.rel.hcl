rel { project = "shop" }

shop = 1 # error: An argument named "shop" is not expected here.

strategi "rolling" "fast" {} # error: Blocks of type "strategi" are not expected here. Did you mean "strategy"?

release = {} # error: An argument named "release" is not expected here. Did you mean to define a block of type "release"?

setting "LOG_LEVEL" {}        # error: The block "setting" is not supported by this version of rel
secret "pw" {}                # error: The block "secret" is not supported by this version of rel
metrics "prometheus" "main" {} # error: The block "metrics" is not supported by this version of rel
analysis "web" {}             # error: The block "analysis" is not supported by this version of rel
notify "slack" "team" {}      # error: The block "notify" is not supported by this version of rel
escalation {}                 # error: The block "escalation" is not supported by this version of rel
hook "before_apply" "x" {}    # error: Blocks of type "hook" are not expected here.
