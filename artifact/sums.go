package artifact

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// sum is one line of a list of checksums. No name: the line holds the digest alone.
type sum struct{ name, digest string }

// parseSums reads a SHA256SUMS file as sha256sum writes it: "HEX  name", "HEX *name", "SHA256 (name) = HEX", with a
// leading backslash where the name is escaped; or the digest alone. Lines of other algorithms, comments and blank
// lines are passed over. Anything else is an error: a page that says "please log in" is no list.
func parseSums(text string) ([]sum, error) {
	var sums []sum
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := parseSum(line)
		if errors.Is(err, errOtherAlgorithm) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		sums = append(sums, s)
	}
	return sums, nil
}

var (
	errOtherAlgorithm = errors.New("another algorithm")
	errNoSum          = errors.New("not a line of sha256sum (64 hexadecimal digits, two spaces, file name)")
)

func parseSum(line string) (sum, error) {
	line, escaped := strings.CutPrefix(line, `\`)
	s, err := parseGNU(line)
	if err != nil {
		s, err = parseBSD(line)
	}
	if err != nil || !escaped {
		return s, err
	}
	s.name, err = unescape(s.name)
	return s, err
}

// parseGNU is "HEX  name" or "HEX *name"; one space will do, as it does for sha256sum -c.
func parseGNU(line string) (sum, error) {
	if len(line) < 64 {
		return sum{}, errNoSum
	}
	digest, err := digestOf(line[:64])
	if err != nil {
		return sum{}, errNoSum
	}
	rest := line[64:]
	if strings.TrimSpace(rest) == "" {
		return sum{digest: digest}, nil
	}
	name, ok := strings.CutPrefix(rest, " ")
	if !ok {
		return sum{}, errNoSum
	}
	if len(name) > 1 && (name[0] == ' ' || name[0] == '*') {
		name = name[1:]
	}
	return sum{name: name, digest: digest}, nil
}

// parseBSD is "SHA256 (name) = HEX".
func parseBSD(line string) (sum, error) {
	algorithm, rest, ok := strings.Cut(line, " (")
	end := strings.LastIndex(rest, ") = ")
	if !ok || end <= 0 || algorithm == "" || strings.Contains(algorithm, " ") {
		return sum{}, errNoSum
	}
	if algorithm != "SHA256" {
		return sum{}, errOtherAlgorithm
	}
	digest, err := digestOf(rest[end+len(") = "):])
	return sum{name: rest[:end], digest: digest}, err
}

func unescape(name string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '\\' {
			b.WriteByte(name[i])
			continue
		}
		i++
		if i == len(name) {
			return "", errors.New("the file name ends in a backslash")
		}
		c, ok := map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r'}[name[i]]
		if !ok {
			return "", fmt.Errorf("the file name holds the unknown escape \\%c", name[i])
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// digestOf is "sha256:HEX" in lower case.
func digestOf(text string) (string, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return "", errors.New("a SHA-256 digest has 64 hexadecimal digits")
	}
	return "sha256:" + hex.EncodeToString(raw), nil
}

// findSum looks a file up by its name, which the list may hold with a folder before it.
func findSum(sums []sum, name string) (string, error) {
	if len(sums) == 1 && sums[0].name == "" {
		return sums[0].digest, nil
	}
	found := digestsWhere(sums, func(s sum) bool { return s.name == name })
	if len(found) == 0 {
		found = digestsWhere(sums, func(s sum) bool { return path.Base(s.name) == name })
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("it does not list %s%s", name, near(name, namesOf(sums)))
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("it lists %s more than once, with different digests", name)
}

// digestsWhere gives each digest once.
func digestsWhere(sums []sum, match func(sum) bool) []string {
	var digests []string
	for _, s := range sums {
		if match(s) && !slices.Contains(digests, s.digest) {
			digests = append(digests, s.digest)
		}
	}
	return digests
}

func namesOf(sums []sum) []string {
	var names []string
	for _, s := range sums {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	return names
}
