rel { project = "shop" }

strategy "roling" "a" {} # error: "roling" is not a type of strategy; there are: recreate, rolling, blue_green, canary. Did you mean "rolling"?

strategy "lua" "b" {} # error: The strategy type "lua" is not supported by this version of rel

strategy "rolling" "fast" {
  max_paralel   = 2     # error: An argument named "max_paralel" is not expected here. Did you mean "max_parallel"?
  keep_old      = "1m"  # error: An argument named "keep_old" is not expected here. It belongs to a strategy of type "blue_green" or "canary".
  drain_timeout = "30"  # error: "30" is not a duration: write a number with a unit
  step {}               # error: Blocks of type "step" are not expected here. It belongs to a strategy of type "canary".
  auto_revert   = "yes" # error: Wrong type; A bool is required
}

strategy "rolling" "counts" { max_parallel = "0%" }    # error: "0%" is not a count or percentage
strategy "rolling" "over" { max_parallel = "101%" }    # error: "101%" is not a count or percentage
strategy "rolling" "zero" { max_parallel = 0 }         # error: "0" is not a count or percentage
strategy "rolling" "spaced" { max_parallel = "25 %" }  # error: "25 %" is not a count or percentage
strategy "rolling" "keep" { keep_releases = 0 }        # error: "keep_releases" must be a whole number from 1
strategy "rolling" "lost" { max_unreachable = -1 }     # error: "max_unreachable" must be a whole number from 0
strategy "rolling" "eon" { drain_timeout = "999999d" } # error: it is longer than 292 years

strategy "rolling" "never" {
  min_healthy_time = "2m"
  healthy_deadline = "1m" # error: No instance can be healthy for min_healthy_time, 2m0s, within a healthy_deadline of 1m0s.
}

strategy "blue_green" "switch" {
  analysis     = analysis.web # error: The argument "analysis" is not supported by this version of rel.
  max_parallel = 1            # error: It belongs to a strategy of type "rolling" or "canary".
}

strategy "canary" "none" {} # error: At least one block of this type is required here: step { … }

strategy "canary" "steps" {
  step { weight = 50 }
  step { weight = 50 }  # error: The weights of the steps must rise, but 50 comes after 50.
  step { weight = 100 } # error: "weight" must be a whole number from 1 to 99
  step {}               # error: The argument "weight" is required
  step {
    weight = 60
    hosts  = "many" # error: "many" is not a count or percentage
    pause  = "-1m"  # error: "-1m" is not a duration
  }
}
