package local

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// credential is the user that a service runs as; the zero value is oneself.
type credential struct {
	user *user.User
	sys  *syscall.Credential
}

// credentialOf finds the user of a service. One that is not oneself needs root.
func credentialOf(name string) (credential, error) {
	if name == "" {
		return credential{}, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return credential{}, fmt.Errorf("the user %q that the service runs as is not known on this machine", name)
	}
	if u.Uid == strconv.Itoa(os.Geteuid()) {
		return credential{}, nil
	}
	if os.Geteuid() != 0 {
		return credential{}, fmt.Errorf("running as user %q needs root; leave `user` out to run as yourself", name)
	}
	sys, err := identity(u)
	return credential{user: u, sys: sys}, err
}

func identity(u *user.User) (*syscall.Credential, error) {
	groups, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("reading the groups of user %q: %w", u.Username, err)
	}
	ids := make([]uint32, 0, len(groups)+2)
	for _, s := range append([]string{u.Uid, u.Gid}, groups...) {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("user %q has the id %q: %w", u.Username, s, err)
		}
		ids = append(ids, uint32(n))
	}
	return &syscall.Credential{Uid: ids[0], Gid: ids[1], Groups: ids[2:]}, nil
}

// environment says to a service of another user whose it is.
func (c credential) environment() []string {
	if c.user == nil {
		return nil
	}
	return []string{"HOME=" + c.user.HomeDir, "USER=" + c.user.Username, "LOGNAME=" + c.user.Username}
}
