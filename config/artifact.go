package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

var artifactSpec = blockSpec{
	name:   "artifact",
	repeat: exactlyOne,
	doc:    "Where the software comes from.",
	args: []argSpec{
		{name: "source", kind: text, required: true, doc: "An https URL, or the path of a file; a relative one is below the project's folder."},
		{name: "checksum", kind: text, doc: "sha256:HEX, or file: and the URL or path of a list of checksums. Required unless insecure = true."},
		{name: "insecure", kind: boolean, def: "false", doc: "true: there is no checksum, and what is fetched is believed."},
		{name: "contains", kind: texts, doc: "Paths in the artifact that must be there; checked before anything goes live."},
	},
	later: []string{"signature", "image"},
}

func decodeArtifact(rel *release, blocks []*block) {
	for _, b := range blocks {
		r := rel.loader.reader(b, rel.scope)
		insecure, known := r.readFlag("insecure")
		rel.Artifact = Artifact{
			Source:   r.parsed("source", parseSource),
			Checksum: r.parsed("checksum", parseChecksum),
			Insecure: insecure,
			Contains: r.texts("contains"),
			Location: sourceOf(b.at("source")),
		}
		if known {
			checkInsecure(r, insecure)
		}
		for _, path := range rel.Artifact.Contains {
			if !filepath.IsLocal(path) {
				r.wrong("contains", "%q is not a path inside the artifact.", path)
			}
		}
	}
}

// checkInsecure wants a checksum or the word that there is none, and not both.
func checkInsecure(r reader, insecure bool) {
	_, hasChecksum := r.block.args["checksum"]
	switch {
	case hasChecksum && insecure:
		r.wrong("insecure", "insecure = true says that there is no checksum, but there is one. Leave one of them out.")
	case !hasChecksum && !insecure:
		r.report(mistake(r.block.place(), "Missing required argument", "The argument \"checksum\" is required, so that what is reviewed "+
			"is what runs: \"sha256:HEX\" or \"file:URL\". If there is none, say so with insecure = true."))
	}
}

var (
	errScheme      = errors.New("write an https URL, or the path of a file")
	errPlainHTTP   = errors.New("http can be changed on the way; use https, or a file")
	errCredentials = errors.New("the URL holds a user or password, which the plan would show")
	errEmptyPath   = errors.New("there is no path")
)

var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// parseSource takes an https URL as it is, and of file:// URLs the path.
func parseSource(s string) (string, error) {
	scheme := strings.ToLower(strings.TrimSuffix(schemePattern.FindString(s), "://"))
	switch scheme {
	case "":
		return s, checkPath(s)
	case "https":
		return s, checkURL(s)
	case "file":
		return filePath(s)
	case "http":
		return s, errPlainHTTP
	case "s3", "oci":
		return s, fmt.Errorf("sources of %s are not supported by this version of rel", scheme)
	}
	return s, errScheme
}

func checkPath(s string) error {
	if s == "" {
		return errEmptyPath
	}
	return nil
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "":
		return errScheme
	case u.User != nil:
		return errCredentials
	}
	return nil
}

func filePath(s string) (string, error) {
	path := s[len("file://"):]
	if !strings.HasPrefix(path, "/") {
		return s, errors.New("a file URL has three slashes, as in file:///srv/shop.tar.gz; a relative path is written without file://")
	}
	return path, nil
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// parseChecksum takes sha256:HEX and file: with what parseSource takes.
func parseChecksum(s string) (string, error) {
	algorithm, rest, _ := strings.Cut(s, ":")
	switch algorithm {
	case "sha256":
		digest := strings.ToLower(rest)
		if !digestPattern.MatchString(digest) {
			return s, errors.New("a sha256 has 64 hexadecimal digits")
		}
		return "sha256:" + digest, nil
	case "file":
		return fileChecksum(rest)
	}
	return s, errors.New(`write "sha256:HEX", or "file:" and the URL or path of a list of checksums`)
}

func fileChecksum(location string) (string, error) {
	if strings.HasPrefix(location, "//") { // file:///srv/SHA256SUMS
		location = "file:" + location
	}
	parsed, err := parseSource(location)
	return "file:" + parsed, err
}
