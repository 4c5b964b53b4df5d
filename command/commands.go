package command

// group is a part of the overview of commands.
type group struct {
	title    string
	commands []command
}

// commandGroups is the table of commands: a new one is one file and one line here.
func commandGroups() []group {
	return []group{
		{"Write and check the configuration:", []command{
			validateCommand(),
			formatCommand(),
		}},
		{"Plan, apply, go back:", []command{
			planCommand(),
			showCommand(),
			applyCommand(),
			promoteCommand(),
			rollbackCommand(),
		}},
		{"See what is live:", []command{
			statusCommand(),
			historyCommand(),
			logsCommand(),
		}},
		{"Look after the state:", []command{
			stateListCommand(),
			stateShowCommand(),
			statePullCommand(),
			statePushCommand(),
			stateAdoptCommand(),
			forceUnlockCommand(),
		}},
		{"Other:", []command{
			completionCommand(),
			versionCommand(),
		}},
	}
}

func commandNames() (names []string) {
	for _, g := range commandGroups() {
		for _, c := range g.commands {
			names = append(names, c.name)
		}
	}
	return sorted(names)
}
