package command

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
)

var errNotConfirmed = errors.New("not confirmed, so nothing was changed")

// confirm asks a person at the terminal for a "yes".
func confirm(p process, question, option string) error {
	if !p.interactive() {
		return fmt.Errorf("There is no terminal to ask, so nothing was changed: %s\nSay it with %s", question, option)
	}
	fmt.Fprintf(p.Err, "\n%s\n  Only \"yes\" goes on: ", question)
	answer, err := bufio.NewReader(p.In).ReadString('\n')
	if err != nil && answer == "" {
		fmt.Fprintln(p.Err)
		return errNotConfirmed
	}
	if strings.TrimSpace(answer) != "yes" {
		return errNotConfirmed
	}
	return nil
}

// operator is who works: what the system calls the user.
func operator(p process) string {
	for _, name := range []string{"REL_OPERATOR", "USER", "LOGNAME"} {
		if who := p.getenv(name); who != "" {
			return who
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
