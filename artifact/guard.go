package artifact

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// guard decides which members may be unpacked, knowing those before. It rests on three rules:
//
//   - A path is made once; only folders may come again. So nothing is written over or through anything.
//   - The folders on the way to a member are folders, never links.
//   - The target of a link goes up only at its beginning, and not above the top. Since the folders above the link
//     are real, going up means what it says; and going down ends inside, even by way of other links, for which the
//     same holds.
//
// So whatever order the members come in, none is outside the folder, and no link leads out of it.
type guard struct {
	limits Limits
	files  int
	bytes  int64
	made   map[string]memberType
}

func newGuard(l Limits) *guard {
	return &guard{limits: l, made: map[string]memberType{".": aFolder}}
}

// admitted is a member that may be unpacked.
type admitted struct {
	member
	path    string   // clean, relative, with forward slashes
	folders []string // to be made before it, the outermost first; a folder is among them itself
}

func (g *guard) admit(m member) (admitted, error) {
	p, err := g.cleanPath(m.name)
	if err != nil {
		return admitted{}, err
	}
	if err := g.allow(m, p); err != nil {
		return admitted{}, err
	}
	a := admitted{member: m, path: p}
	if a.folders, err = g.folders(m, p); err != nil {
		return admitted{}, err
	}
	return a, g.count(a)
}

// allow looks at the member itself.
func (g *guard) allow(m member, p string) error {
	if m.mode&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) != 0 {
		return refuse("it has a set-uid, set-gid or sticky bit")
	}
	switch m.what {
	case aFile, aFolder:
		return nil
	case aLink:
		return g.allowLink(m.target, p)
	case aHardLink:
		return g.allowHardLink(m.target)
	}
	return refuse("a %s; rel unpacks files, folders and links", m.what)
}

func (g *guard) allowLink(target, p string) error {
	if err := g.plainText(target); err != nil {
		return fmt.Errorf("its target: %w", err)
	}
	if path.IsAbs(target) {
		return refuse("a link to the absolute path %q", target)
	}
	rest := target
	for rest == ".." || strings.HasPrefix(rest, "../") {
		rest = strings.TrimLeft(rest[2:], "/")
	}
	if slices.Contains(strings.Split(rest, "/"), "..") || !filepath.IsLocal(path.Join(path.Dir(p), target)) {
		return refuse("a link to %q, which can lead out of the folder", target)
	}
	return nil
}

// allowHardLink asks for a file that is there already: a hard link to a link could be one to anything.
func (g *guard) allowHardLink(target string) error {
	p, err := g.cleanPath(target)
	if err != nil {
		return fmt.Errorf("its target: %w", err)
	}
	if g.made[p] != aFile {
		return refuse("a hard link to %q, which is no file before it in the archive", target)
	}
	return nil
}

// folders are those still to be made.
func (g *guard) folders(m member, p string) ([]string, error) {
	var missing []string
	for dir := path.Dir(p); g.made[dir] != aFolder; dir = path.Dir(dir) {
		if what, ok := g.made[dir]; ok {
			return nil, refuse("its path goes through %q, which is a %s", dir, what)
		}
		missing = append(missing, dir)
	}
	slices.Reverse(missing)
	there, again := g.made[p]
	switch {
	case again && (m.what != aFolder || there != aFolder):
		return nil, refuse("the archive holds %q already, as a %s", p, there)
	case !again && m.what == aFolder:
		missing = append(missing, p)
	}
	return missing, nil
}

// count takes the member in, if the limits allow.
func (g *guard) count(a admitted) error {
	for _, dir := range a.folders {
		g.made[dir] = aFolder
	}
	if g.files += len(a.folders); a.what != aFolder {
		g.files++
		g.made[a.path] = a.what
	}
	if a.what == aHardLink {
		g.made[a.path] = aFile
	}
	if g.files > g.limits.Files {
		return tooMany(g.limits.Files)
	}
	if a.what == aFile && (a.size < 0 || a.size > g.limits.Bytes-g.bytes) {
		return tooLarge(g.limits.Bytes)
	}
	if a.what == aFile {
		g.bytes += a.size
	}
	return nil
}

// cleanPath is the path below the folder that the name of a member means.
func (g *guard) cleanPath(name string) (string, error) {
	if err := g.plainText(name); err != nil {
		return "", err
	}
	elements := strings.Split(name, "/")
	if path.IsAbs(name) || slices.Contains(elements, "..") {
		return "", refuse("its path leads out of the folder")
	}
	if slices.ContainsFunc(elements, func(e string) bool { return len(e) > maxElement }) {
		return "", refuse("its name is longer than %d bytes", maxElement)
	}
	p := path.Clean(name)
	if !filepath.IsLocal(p) {
		return "", refuse("its path leads out of the folder")
	}
	return p, nil
}

// plainText holds for names and targets.
func (g *guard) plainText(s string) error {
	switch {
	case s == "":
		return refuse("it is empty")
	case len(s) > g.limits.Name:
		return refuse("its path is longer than %d bytes", g.limits.Name)
	case !utf8.ValidString(s):
		return refuse("it is not in UTF-8")
	case strings.Contains(s, `\`):
		return refuse("it has a backslash, which is a slash elsewhere")
	case strings.ContainsFunc(s, unicode.IsControl):
		return refuse("it has a control character")
	}
	return nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsafe, fmt.Sprintf(format, args...))
}

func tooMany(limit int) error { return refuse("it holds more than %d files", limit) }
