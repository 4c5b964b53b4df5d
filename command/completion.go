package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/posener/complete"
)

// completions are the lines that make a shell ask rel itself, by the COMP_LINE protocol.
var completions = map[string]string{
	"bash": "complete -o nospace -C %[1]q rel\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o nospace -C %[1]q rel\n",
	"fish": `function __complete_rel
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    %[1]q
end
complete -f -c rel -a "(__complete_rel)"
`,
}

// completionCommand prints what a shell's start-up file needs; it edits no file itself.
func completionCommand() command {
	return command{
		name:     "completion",
		synopsis: "Print the lines that make a shell complete rel's commands",
		usage:    "rel completion bash|zsh|fish",
		about: `
Prints what makes a shell complete rel's commands, options and environments. Put it
into the shell's start-up file:

  bash   rel completion bash >> ~/.bashrc
  zsh    rel completion zsh >> ~/.zshrc
  fish   rel completion fish > ~/.config/fish/completions/rel.fish`,
		predict: complete.PredictSet("bash", "zsh", "fish"),
		run: func(_ context.Context, p process, args []string) error {
			if err := want(args, 1, "rel completion bash|zsh|fish"); err != nil {
				return err
			}
			script, ok := completions[args[0]]
			if !ok {
				return fmt.Errorf("rel knows no shell %q: %s", args[0], known(completions))
			}
			exe, err := p.executable()
			if err != nil {
				return fmt.Errorf("finding rel's own binary: %w", err)
			}
			_, err = fmt.Fprintf(p.Out, script, exe)
			return err
		},
	}
}

// environmentNames completes -env by the folders of this user's states.
func environmentNames(complete.Args) []string {
	home, err := stateHome(process{getenv: os.Getenv})
	if err != nil {
		return nil
	}
	found, _ := filepath.Glob(filepath.Join(home, "rel", "*", "*", "state.json"))
	var names []string
	for _, f := range found {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return sorted(names)
}
